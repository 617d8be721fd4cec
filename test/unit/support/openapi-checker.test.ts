import { expect } from 'chai'
import { LOGIN, USERNAME_PARAMETER } from '../../../src/app/forms.ts'
import { documentOf } from '../../../src/app/openapi/document.ts'
import { okAnswer } from '../../../src/app/openapi/route-description.ts'
import { OpenApiChecker } from '../../support/openapi-checker.ts'

const checker = new OpenApiChecker(
  documentOf(
    [
      {
        method: 'POST',
        path: '/login',
        operationId: 'logIn',
        tag: 'session',
        summary: 'Logs in',
        form: LOGIN,
        session: 'used',
        answer: okAnswer(),
        errors: ['LOGIN_WRONG', 'SMS_TOO_FREQUENT'],
      },
      {
        method: 'GET',
        path: '/usernames/:username/count',
        operationId: 'countUsername',
        tag: 'accounts',
        summary: 'Counts',
        form: USERNAME_PARAMETER,
        answer: okAnswer({ count: { type: 'integer' } }),
      },
    ],
    { version: '1.2.3', publicUrl: null, sessionCookie: 'sessionid' },
  ),
)

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }
const ALWAYS = { ...JSON_TYPE, 'X-Request-Id': '0d4c11a6-6f3e-4e0c-9d0f-7d1f0a1c2b3d', 'Cache-Control': 'no-store' }
const REFUSED = { ...ALWAYS, Vary: 'Accept-Language', 'Content-Language': 'zh-CN' }
const FORM = { username: 'somebody', password: 'secret_password' }
const OK = { code: 0, errmsg: 'ok' }
const WRONG = { code: 4102, errmsg: '您提供的身份信息无法验证！', error: 'LOGIN_WRONG' }
const MISSING = { code: 4003, errmsg: '参数缺失！', error: 'MISSING_PARAMETER' }
const FREQUENT = { code: 4002, errmsg: '发送短信过于频繁', error: 'SMS_TOO_FREQUENT' }

function check(method: string, path: string, form: unknown, status: number, headers: object, body: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  checker.check({
    method,
    url: new URL(path, 'http://127.0.0.1'),
    headers: new Headers(JSON_TYPE),
    body: form === undefined ? undefined : JSON.stringify(form),
    answer: { status, headers: new Headers({ ...headers }), bytes: Buffer.from(text), text },
  })
}

type Exchange = Parameters<typeof check>

describe('OpenApiChecker', () => {
  const fine: [what: string, ...exchange: Exchange][] = [
    ['a success', 'POST', '/login', FORM, 200, ALWAYS, OK],
    ['a slash at the end', 'POST', '/login/', FORM, 200, ALWAYS, OK],
    ['cookies', 'POST', '/login', FORM, 200, { ...ALWAYS, 'Set-Cookie': 'sessionid=x' }, OK],
    ['an error', 'POST', '/login', FORM, 401, REFUSED, WRONG],
    ['a form that is refused', 'POST', '/login', { username: '' }, 400, REFUSED, MISSING],
    ['no form', 'POST', '/login', undefined, 400, REFUSED, MISSING],
    ['a time', 'POST', '/login', FORM, 429, { ...REFUSED, 'Retry-After': '3' }, { ...FREQUENT, retry_after: 3 }],
    [
      'a path that NFKC makes fine',
      'GET',
      '/usernames/%EF%BC%A1bcde/count',
      undefined,
      200,
      ALWAYS,
      { ...OK, count: 0 },
    ],
    ['a HEAD', 'HEAD', '/usernames/abcde/count', undefined, 200, ALWAYS, undefined],
    ['a page', 'GET', '/register.html', undefined, 200, { 'Content-Type': 'text/html' }, 'page'],
    ['what others answer', 'GET', '/livez', undefined, 200, JSON_TYPE, { status: 'ok' }],
    ['an unknown address', 'GET', '/x', undefined, 404, REFUSED, { code: 4204, errmsg: '', error: 'NOT_FOUND' }],
  ]
  for (const [what, ...exchange] of fine) it(`lets ${what} pass`, () => check(...exchange))

  const count = '/usernames/abcde/count'
  const faults: [what: string, fault: string | RegExp, ...exchange: Exchange][] = [
    ['another status', 'the status 404 is not documented', 'POST', '/login', FORM, 404, REFUSED, WRONG],
    ['another error', 'must', 'POST', '/login', FORM, 401, REFUSED, { ...WRONG, error: 'LOGIN_REQUIRED' }],
    ['another number', 'must', 'POST', '/login', FORM, 401, REFUSED, { ...WRONG, code: 4101 }],
    ['another field', 'additional properties', 'POST', '/login', FORM, 200, ALWAYS, { ...OK, count: 0 }],
    ['a field that is missing', "required property 'count'", 'GET', count, undefined, 200, ALWAYS, OK],
    ['another type of a field', 'must be integer', 'GET', count, undefined, 200, ALWAYS, { ...OK, count: '0' }],
    ['another text', 'the text is none of', 'POST', '/login', FORM, 401, REFUSED, { ...WRONG, errmsg: 'no' }],
    [
      'the text of another language',
      'the text is none of',
      ...(['POST', '/login', FORM, 401, { ...REFUSED, 'Content-Language': 'en' }, WRONG] as const),
    ],
    [
      'a header that is missing',
      'Vary is missing',
      'POST',
      '/login',
      FORM,
      401,
      { ...ALWAYS, 'Content-Language': 'zh-CN' },
      WRONG,
    ],
    [
      'a header that is malformed',
      'Retry-After is not as documented',
      ...(['POST', '/login', FORM, 429, { ...REFUSED, 'Retry-After': '-1' }, FREQUENT] as const),
    ],
    [
      'a header that is not documented',
      'Set-Cookie is not documented',
      ...(['GET', count, undefined, 200, { ...ALWAYS, 'Set-Cookie': 'a=b' }, { ...OK, count: 0 }] as const),
    ],
    [
      'two times',
      'differ',
      'POST',
      '/login',
      FORM,
      429,
      { ...REFUSED, 'Retry-After': '3' },
      { ...FREQUENT, retry_after: 4 },
    ],
    [
      'another media type',
      'the media type "text/html" is not documented',
      ...(['POST', '/login', FORM, 200, { ...ALWAYS, 'Content-Type': 'text/html' }, OK] as const),
    ],
    ['a body that is no form', 'is not valid', 'POST', '/login', { ...FORM, password: 1 }, 200, ALWAYS, OK],
    [
      'a path that is no form',
      'is not valid: username',
      'GET',
      '/usernames/a/count',
      undefined,
      200,
      ALWAYS,
      { ...OK, count: 0 },
    ],
    ['a form that is valid, and refused', 'was refused for its form', 'POST', '/login', FORM, 400, REFUSED, MISSING],
    ['an error of elsewhere', 'LOGIN_WRONG is not documented', 'GET', '/x', undefined, 401, REFUSED, WRONG],
  ]
  for (const [what, fault, ...exchange] of faults) {
    it(`finds ${what}`, () => expect(() => check(...exchange)).to.throw(Error, fault))
  }
})
