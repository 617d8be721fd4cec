import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { ERRORS } from '../../src/app/errors.ts'
import { createBrowser, type Answer, type Browser } from '../support/cookie-jar.ts'
import { exchange } from '../support/raw-http.ts'
import { startService, type Service } from '../support/service.ts'
import {
  databases,
  expectError,
  expectOk,
  getCode,
  newMobile,
  newUsername,
  readCaptcha,
  registrationOf,
} from './journey.ts'

type Case = [
  what: string,
  status: number,
  error: string,
  errmsg: string,
  request: (browser: Browser) => Promise<Answer>,
]

describe('the errors that a client can cause', function () {
  this.timeout(60_000)
  let service: Service
  let codes: Redis
  let browser: Browser
  /** Names of the errors that are checked here: those of the cases join by themselves. */
  const told = new Set(['MALFORMED_REQUEST', 'SMS_CODE_WRONG', 'USERNAME_TAKEN', 'MOBILE_TAKEN', 'SMS_TOO_FREQUENT'])

  before(async () => {
    service = await startService()
    codes = service.redis(databases.codes)
  })
  after(() => service?.stop())
  beforeEach(() => {
    browser = createBrowser(service.url)
  })

  function check(cases: Case[]): void {
    for (const [what, status, error, errmsg, request] of cases) {
      it(`${what}: ${status} ${error}`, async () => {
        const answer = await request(browser)
        expectError(answer, status, error, errmsg)
        expect(answer.headers.get('Cache-Control')).to.equal('no-store')
      })
      told.add(error)
    }
  }

  /** Posts a registration that is fine but for these fields. */
  const register = (fields: object) => (browser: Browser) =>
    browser.post('/register', { ...registrationOf(), sms_code: '123456', ...fields })
  const both = (password: string) => ({ password, password2: password })

  describe('POST /register', () => {
    check([
      ['no field at all', 400, 'MISSING_PARAMETER', '缺少参数', (browser) => browser.post('/register', {})],
      ['no mobile', 400, 'MISSING_PARAMETER', '缺少参数', register({ mobile: null })],
      ['a short name', 400, 'USERNAME_FORMAT', '用户名格式有误', register({ username: 'abcd' })],
      ['a mobile as name', 400, 'USERNAME_FORMAT', '用户名格式有误', register({ username: '13812345678' })],
      ['a number as name', 400, 'USERNAME_FORMAT', '用户名格式有误', register({ username: 12_345 })],
      ['a short password', 400, 'PASSWORD_FORMAT', '密码格式有误', register(both('abcdefg'))],
      ['over 72 bytes', 400, 'PASSWORD_TOO_LONG', '密码过长，最多72字节', register(both('𠮷'.repeat(19)))],
      ['two passwords', 400, 'PASSWORD_MISMATCH', '密码输入不一致！', register({ password2: 'other_password' })],
      ['a malformed mobile', 400, 'MOBILE_FORMAT', '手机号格式有误', register({ mobile: '12812345678' })],
      ['a malformed code', 400, 'SMS_CODE_FORMAT', '验证码格式有误', register({ sms_code: '12345\n' })],
      ['no agreement', 400, 'AGREEMENT_REQUIRED', '请求统一用户协议！', register({ allow: false })],
      ['no agreement at all', 400, 'AGREEMENT_REQUIRED', '请求统一用户协议！', register({ allow: undefined })],
      ['no code stored', 400, 'SMS_CODE_EXPIRED', '短信验证码过期！', register({})],
    ])

    it('a wrong code: 400 SMS_CODE_WRONG, and after five of them it is gone', async () => {
      const form = registrationOf()
      const code = await getCode(service, codes, browser, form.mobile)
      form.sms_code = code === '111111' ? '222222' : '111111'
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        expectError(await browser.post('/register', form), 400, 'SMS_CODE_WRONG', '短信验证码有误！')
      }
      form.sms_code = code
      expectError(await browser.post('/register', form), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
    })

    it('a name or mobile that is taken: 400 USERNAME_TAKEN, MOBILE_TAKEN', async () => {
      const first = registrationOf()
      first.sms_code = await getCode(service, codes, browser, first.mobile)
      expectOk(await browser.post('/register', first))
      const second = registrationOf({ username: first.username })
      second.sms_code = await getCode(service, codes, browser, second.mobile)
      expectError(await browser.post('/register', second), 400, 'USERNAME_TAKEN', '用户名已存在')

      await codes.del(`send_flag_${first.mobile}`)
      const { id, text } = await readCaptcha(codes, browser)
      expectOk(await browser.post('/sms_codes', { mobile: first.mobile, image_code: text, image_code_id: id }))
      const codeOfBoth = await service.printed.until(() => service.smsCodes(first.mobile)[1], 'a second SMS')
      const third = { ...first, username: newUsername(), sms_code: codeOfBoth }
      expectError(await browser.post('/register', third), 400, 'MOBILE_TAKEN', '手机号已存在')
    })
  })

  /** Asks for an SMS code with a captcha that is answered rightly, but for these fields. */
  const ask =
    (fields: object = {}) =>
    async (browser: Browser): Promise<Answer> => {
      const { id, text } = await readCaptcha(codes, browser)
      return browser.post('/sms_codes', { mobile: newMobile(), image_code: text, image_code_id: id, ...fields })
    }

  describe('POST /sms_codes', () => {
    check([
      ['no field at all', 400, 'MISSING_PARAMETER', '缺少必传参数', (browser) => browser.post('/sms_codes')],
      ['an empty captcha', 400, 'MISSING_PARAMETER', '缺少必传参数', ask({ image_code: '' })],
      ['a malformed mobile', 400, 'MOBILE_FORMAT', '手机号格式有误', ask({ mobile: '138123456789' })],
      ['a malformed uuid', 400, 'UUID_FORMAT', 'uuid格式有误', ask({ image_code_id: 'abc' })],
      ['a malformed captcha', 400, 'CAPTCHA_FORMAT', '图形验证码格式有误', ask({ image_code: 'ab!' })],
      ['an unknown purpose', 400, 'PURPOSE_UNKNOWN', '验证码用途有误', ask({ purpose: 'fun' })],
      ['a malformed proof', 400, 'CAPTCHA_PROOF_FORMAT', '计算验证格式有误', ask({ captcha_proof: '!' })],
      ['an unknown captcha', 400, 'CAPTCHA_EXPIRED', '图形验证码失效', ask({ image_code_id: randomUUID() })],
      // No picture shows a zero: it looks like the letter.
      ['a wrong captcha', 400, 'CAPTCHA_WRONG', '输入图形验证码有误', ask({ image_code: '0000' })],
    ])

    it('a captcha that was used: 400 CAPTCHA_EXPIRED', async () => {
      const { id, text } = await readCaptcha(codes, browser)
      const form = { mobile: newMobile(), image_code: text, image_code_id: id }
      expectOk(await browser.post('/sms_codes', form))
      expectError(await browser.post('/sms_codes', form), 400, 'CAPTCHA_EXPIRED', '图形验证码失效')
    })

    it('the same mobile within a minute: 429 SMS_TOO_FREQUENT, and when to try again', async () => {
      const mobile = newMobile()
      expectOk(await ask({ mobile })(browser))
      const answer = await ask({ mobile })(browser)
      const body = expectError(answer, 429, 'SMS_TOO_FREQUENT', '发送短信过于频繁')
      expect(body['retry_after']).to.be.within(50, 60)
      expect(answer.headers.get('Retry-After')).to.equal(String(body['retry_after']))
    })
  })

  describe('logging in', () => {
    const logIn = (form: object) => (browser: Browser) => browser.post('/login', form)
    const somebody = { username: 'nobody_here', password: 'secret_password' }
    check([
      ['no password', 400, 'MISSING_PARAMETER', '参数缺失！', logIn({ username: 'nobody_here' })],
      ['a name of no text', 400, 'USERNAME_FORMAT', '用户名格式有误', logIn({ ...somebody, username: 1 })],
      ['remembered yes', 400, 'REMEMBERED_FORMAT', '记住登录格式有误', logIn({ ...somebody, remembered: 'yes' })],
      ['an unknown name', 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！', logIn(somebody)],
      ['nobody asks', 401, 'LOGIN_REQUIRED', '请登录后重试', (browser) => browser.get('/info')],
    ])
  })

  describe('everywhere', () => {
    const post =
      (body: string, type = 'application/json') =>
      (browser: Browser) =>
        browser.post('/register', undefined, { body, headers: { 'Content-Type': type } })
    const foreign = { headers: { Origin: 'https://elsewhere.example' } }
    const route = `/sms_codes/13812345678?image_code=ABCD&image_code_id=${randomUUID()}`
    check([
      ['no JSON', 400, 'NOT_JSON', '请求体不是有效的JSON对象', post('{"username":')],
      ['a list', 400, 'NOT_JSON', '请求体不是有效的JSON对象', post('[]')],
      ['another type', 400, 'NOT_JSON', '请求体不是有效的JSON对象', post('{}', 'text/plain')],
      ['a large body', 413, 'TOO_LARGE', '请求体过大', post(JSON.stringify({ username: 'a'.repeat(20_000) }))],
      [
        'a packed body',
        415,
        'BODY_ENCODING',
        '不支持压缩的请求体',
        (it) => it.post('/login', {}, { headers: { 'Content-Encoding': 'gzip' } }),
      ],
      ['a long address', 414, 'URL_TOO_LONG', '请求地址过长', (it) => it.get(`/${'a'.repeat(3_000)}`)],
      [
        'a long header',
        431,
        'HEADERS_TOO_LARGE',
        '请求头过大',
        (it) => it.get('/', { headers: { 'X-A': 'a'.repeat(20_000) } }),
      ],
      ['another site', 403, 'FOREIGN_SITE', '不允许其他网站发起此请求', (it) => it.post('/login', {}, foreign)],
      ['another site asks for an SMS', 403, 'FOREIGN_SITE', '不允许其他网站发起此请求', (it) => it.get(route, foreign)],
      ['an unknown address', 404, 'NOT_FOUND', '请求的资源不存在', (browser) => browser.get('/no/such/page')],
      [
        'an SMS that nobody sent',
        404,
        'NOT_FOUND',
        '请求的资源不存在',
        (it) => it.get(`/sms_codes/status/${randomUUID()}`),
      ],
      ['a wrong method', 405, 'METHOD_NOT_ALLOWED', '请求方法不允许', (browser) => browser.get('/register')],
      ['a malformed id', 400, 'UUID_FORMAT', 'uuid格式有误', (browser) => browser.get('/image_codes/1')],
      ['a malformed mobile', 400, 'MOBILE_FORMAT', '手机号格式有误', (browser) => browser.get('/mobiles/1/count')],
      ['a malformed name', 400, 'USERNAME_FORMAT', '用户名格式有误', (browser) => browser.get('/usernames/a/count')],
    ])

    it('what is no request: 400 MALFORMED_REQUEST', async () => {
      const [answer] = await exchange(service.url, 'hello\r\n\r\n')
      expect(answer?.status).to.equal(400)
      expect(JSON.parse(answer?.body ?? '')).to.include({ error: 'MALFORMED_REQUEST', errmsg: '请求格式有误' })
    })

    it('speaks English to who prefers it', async () => {
      const answer = await browser.get('/info', { headers: { 'Accept-Language': 'en-GB,en;q=0.9,zh;q=0.5' } })
      expectError(answer, 401, 'LOGIN_REQUIRED', 'Please log in and try again.')
    })

    it('takes a slash at the end of every route', async () => {
      expectError(await browser.post('/register/', {}), 400, 'MISSING_PARAMETER', '缺少参数')
      expectError(await browser.get('/info/'), 401, 'LOGIN_REQUIRED', '请登录后重试')
    })
  })

  it('are all of the table but those that need a fault of ours, time, a budget that is spent, other settings or a login', () => {
    const ours = ['REQUEST_TIMEOUT', 'INTERNAL', 'UNAVAILABLE', 'SMS_UNAVAILABLE', 'BUSY', 'PAGES_NOT_BUILT']
    const spent = ['TOO_MANY_REQUESTS']
    // Those of other settings, of a proof, and of one who is logged in: strict-passwords, proofs, account and sessions tests.
    const elsewhere = ['PASSWORD_TOO_COMMON', 'CAPTCHA_PROOF_WRONG', 'CAPTCHA_PROOF_EXPIRED', 'CAPTCHA_PROOF_OFF']
    const loggedIn = ['PASSWORD_WRONG', 'SESSION_UNKNOWN']
    const others = [...ours, ...spent, ...elsewhere, ...loggedIn]
    expect(Object.keys(ERRORS).filter((name) => !told.has(name))).to.have.members(others)
  })
})
