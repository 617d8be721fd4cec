import { expect } from 'chai'
import type { Api } from '../../../src/web/api.ts'
import { ApiError, createApi } from '../../../src/web/api.ts'

interface Seen {
  path: string
  method: string
  headers: Headers
  body: unknown
}

/** An api whose server gives this one answer, and what that server saw. */
function apiAnswering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const seen: Seen[] = []
  const api = createApi({
    fetch: async (input, init = {}) => {
      const sent = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined
      seen.push({
        path: input instanceof Request ? input.url : String(input),
        method: init.method ?? 'GET',
        headers: new Headers(init.headers),
        body: sent,
      })
      return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })
    },
  })
  return { api, seen }
}

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('expected a failure, got an answer')
}

const OK = { code: 0, errmsg: 'ok' }

describe("the pages' api", () => {
  const calls: [string, (api: Api) => Promise<unknown>, Omit<Seen, 'headers'>][] = [
    [
      'counts a username',
      (api) => api.countUsername('李小龙/1'),
      { method: 'GET', path: '/usernames/%E6%9D%8E%E5%B0%8F%E9%BE%99%2F1/count', body: undefined },
    ],
    [
      'counts a mobile',
      (api) => api.countMobile('13800138000'),
      { method: 'GET', path: '/mobiles/13800138000/count', body: undefined },
    ],
    [
      'asks for an SMS code',
      (api) => api.sendSmsCode({ mobile: '13800138000', image_code: 'ab12', image_code_id: 'u' }),
      {
        method: 'POST',
        path: '/sms_codes',
        body: { mobile: '13800138000', image_code: 'ab12', image_code_id: 'u', purpose: 'register' },
      },
    ],
    [
      'asks what became of a message',
      (api) => api.smsStatus('a/b'),
      { method: 'GET', path: '/sms_codes/status/a%2Fb', body: undefined },
    ],
    [
      'registers',
      (api) =>
        api.register({ username: 'u', password: 'p', password2: 'p', mobile: 'm', sms_code: '123456', allow: true }),
      {
        method: 'POST',
        path: '/register',
        body: { username: 'u', password: 'p', password2: 'p', mobile: 'm', sms_code: '123456', allow: true },
      },
    ],
    ['asks who is logged in', (api) => api.info(), { method: 'GET', path: '/info', body: undefined }],
    ['logs out', (api) => api.logout(), { method: 'DELETE', path: '/logout', body: undefined }],
  ]
  for (const [does, call, { method, path, body }] of calls) {
    it(does, async () => {
      const { api, seen } = apiAnswering(200, OK)
      await call(api)
      expect(seen).to.have.length(1)
      expect(seen[0]).to.deep.include({ method, path, body })
      expect(seen[0]?.headers.get('Accept-Language')).to.equal('zh-CN')
      expect(seen[0]?.headers.get('Content-Type')).to.equal(body === undefined ? null : 'application/json')
    })
  }

  it('gives what the answer says', async () => {
    expect(await apiAnswering(200, { ...OK, count: 1 }).api.countUsername('python')).to.equal(1)
    const sms = { mobile: '13800138000', image_code: 'ab12', image_code_id: 'u' }
    const sent = await apiAnswering(200, { ...OK, task_id: 't-1', retry_after: 90 }).api.sendSmsCode(sms)
    expect(sent).to.deep.equal({ taskId: 't-1', retryAfter: 90 })
    expect(await apiAnswering(200, { ...OK, status: 'sent' }).api.smsStatus('t-1')).to.equal('sent')
    const info_data = { username: 'python', mobile: '138****8000' }
    expect(await apiAnswering(200, { ...OK, info_data }).api.info()).to.deep.equal(info_data)
  })

  it('waits a minute when the answer does not say how long', async () => {
    const sms = { mobile: '13800138000', image_code: 'ab12', image_code_id: 'u' }
    expect(await apiAnswering(200, OK).api.sendSmsCode(sms)).to.deep.equal({ taskId: undefined, retryAfter: 60 })
  })

  it('does not take an unknown status for one it knows', async () => {
    expect(await apiAnswering(200, { ...OK, status: 'lost' }).api.smsStatus('t-1')).to.equal(undefined)
  })

  it('throws what the server refused', async () => {
    const body = { code: 4201, errmsg: '发送短信过于频繁', error: 'SMS_TOO_FREQUENT', retry_after: 41 }
    const failure = await failureOf(apiAnswering(429, body, { 'Retry-After': '99' }).api.logout())
    expect(failure).to.include({ kind: 'answered', status: 429, error: 'SMS_TOO_FREQUENT', retryAfter: 41 })
    expect(failure.message).to.equal('发送短信过于频繁')
  })

  const waits: [header: string, seconds: number | undefined][] = [
    ['30', 30],
    ['0.2', 1],
    ['0', undefined],
    ['-5', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ]
  for (const [header, seconds] of waits) {
    it(`reads Retry-After: ${header} as ${seconds}`, async () => {
      const { api } = apiAnswering(429, { code: 1, errmsg: '请求过于频繁' }, { 'Retry-After': header })
      expect((await failureOf(api.info())).retryAfter).to.equal(seconds)
    })
  }

  it('keeps the request id of a fault', async () => {
    const { api } = apiAnswering(500, { code: 1, errmsg: '服务器错误', error: 'INTERNAL', request_id: 'r-17' })
    expect((await failureOf(api.info())).requestId).to.equal('r-17')
  })

  for (const [what, status, body] of [
    ["a proxy's page", 502, '<html>Bad Gateway</html>'],
    ['a page with status 200', 200, '<html>Welcome to the hotel</html>'],
    ['JSON that is no object', 200, 'null'],
    ['an empty body', 200, ''],
    ['an error with status 200', 200, '{"code":1}'],
  ] as const) {
    it(`takes ${what} for a failure`, async () => {
      const failure = await failureOf(apiAnswering(status, body).api.logout())
      expect(failure).to.include({ kind: 'answered', status, error: '', message: '' })
    })
  }

  it('throws when there is no connection', async () => {
    const api = createApi({ fetch: () => Promise.reject(new TypeError('Failed to fetch')) })
    expect(await failureOf(api.info())).to.include({ kind: 'network', status: 0 })
  })

  it('gives up after its time', async () => {
    const api = createApi({
      timeoutMs: 20,
      fetch: (_input, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new DOMException('took too long', 'TimeoutError')))
        }),
    })
    expect(await failureOf(api.info())).to.include({ kind: 'timeout', status: 0 })
  })
})
