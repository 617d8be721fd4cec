import { expect } from 'chai'
import type { Api, SmsRequest } from '../../../src/web/api.ts'
import { createApi } from '../../../src/web/api.ts'
import { language } from '../../../src/web/language.ts'
import { ApiError } from '../../../src/web/request.ts'

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
const SMS: SmsRequest = { mobile: '13800138000', purpose: 'reset', image_code: 'ab12', image_code_id: 'u' }
const NEW_PASSWORD = { password: 'p', password2: 'p' }

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
    ['asks for an SMS code', (api) => api.sendSmsCode(SMS), { method: 'POST', path: '/sms_codes', body: SMS }],
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
    [
      'asks which passwords may be set',
      (api) => api.passwordProfile(),
      { method: 'GET', path: '/password/rules', body: undefined },
    ],
    [
      'logs in',
      (api) => api.login({ username: 'u', password: 'p', remembered: true }),
      { method: 'POST', path: '/login', body: { username: 'u', password: 'p', remembered: true } },
    ],
    [
      'sets a password that was forgotten',
      (api) => api.resetPassword({ mobile: 'm', sms_code: '123456', ...NEW_PASSWORD }),
      { method: 'POST', path: '/password/reset', body: { mobile: 'm', sms_code: '123456', ...NEW_PASSWORD } },
    ],
    [
      'sets another password',
      (api) => api.changePassword({ old_password: 'o', ...NEW_PASSWORD }),
      { method: 'PUT', path: '/password', body: { old_password: 'o', ...NEW_PASSWORD } },
    ],
    [
      'sets another mobile',
      (api) => api.changeMobile({ mobile: 'm', sms_code: '123456', password: 'o' }),
      { method: 'PUT', path: '/mobile', body: { mobile: 'm', sms_code: '123456', password: 'o' } },
    ],
    ['lists the sessions', (api) => api.sessions(), { method: 'GET', path: '/sessions', body: undefined }],
    ['ends a session', (api) => api.endSession('a/b'), { method: 'DELETE', path: '/sessions/a%2Fb', body: undefined }],
    [
      'ends the other sessions',
      (api) => api.endOtherSessions(),
      { method: 'DELETE', path: '/sessions', body: undefined },
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
    const sent = await apiAnswering(200, { ...OK, task_id: 't-1', retry_after: 90 }).api.sendSmsCode(SMS)
    expect(sent).to.deep.equal({ taskId: 't-1', retryAfter: 90 })
    expect(await apiAnswering(200, { ...OK, status: 'sent' }).api.smsStatus('t-1')).to.equal('sent')
    const info_data = { username: 'python', mobile: '138****8000' }
    expect(await apiAnswering(200, { ...OK, info_data }).api.info()).to.deep.equal(info_data)
    expect(await apiAnswering(200, { ...OK, profile: 'strict' }).api.passwordProfile()).to.equal('strict')
  })

  it('gives the sessions that it was told of', async () => {
    const told = {
      id: 's-1',
      created_at: '2026-01-02T03:04:05.000Z',
      last_seen_at: '2026-01-03T03:04:05.000Z',
      address: '192.0.2.1',
      user_agent: 'Chrome 126, Windows',
      remembered: true,
      current: true,
    }
    const sessions = await apiAnswering(200, { ...OK, sessions: [told, {}] }).api.sessions()
    expect(sessions[0]).to.deep.equal({
      id: 's-1',
      createdAt: new Date('2026-01-02T03:04:05Z'),
      lastSeenAt: new Date('2026-01-03T03:04:05Z'),
      address: '192.0.2.1',
      browser: 'Chrome 126, Windows',
      current: true,
    })
    expect(sessions[1]).to.include({ id: '', address: '', browser: '', current: false })
    expect(sessions[1]?.createdAt.getTime()).to.be.NaN
    expect(await apiAnswering(200, OK).api.sessions()).to.deep.equal([])
  })

  it('asks in the language in use', async () => {
    const { api, seen } = apiAnswering(200, OK)
    language.value = 'en'
    try {
      await api.logout()
    } finally {
      language.value = 'zh'
    }
    expect(seen[0]?.headers.get('Accept-Language')).to.equal('en')
  })

  it('waits a minute when the answer does not say how long', async () => {
    expect(await apiAnswering(200, OK).api.sendSmsCode(SMS)).to.deep.equal({ taskId: undefined, retryAfter: 60 })
  })

  it('does not take an unknown status or profile for one it knows', async () => {
    expect(await apiAnswering(200, { ...OK, profile: 'lax' }).api.passwordProfile()).to.equal(undefined)
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
