import { expect } from 'chai'
import { createMonitorApi, MonitorError, type MonitorApi } from '../../../../src/web/monitor/monitor-api.ts'

function apiAnswering(status: number, body: unknown) {
  const seen: string[] = []
  let noSession = 0
  const api = createMonitorApi({
    noSession: () => (noSession += 1),
    fetch: async (input, init = {}) => {
      seen.push(`${init.method ?? 'GET'} ${String(input)}${typeof init.body === 'string' ? ` ${init.body}` : ''}`)
      return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })
    },
  })
  return { api, seen, sessionsLost: () => noSession }
}

async function failureOf(promise: Promise<unknown>): Promise<MonitorError> {
  const failure: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure instanceof MonitorError) return failure
  throw new Error(`expected a MonitorError, got ${String(failure)}`)
}

describe("the dashboard's api", () => {
  const CALLS: [(api: MonitorApi) => Promise<unknown>, string][] = [
    [(api) => api.openSession('secret'), 'POST /monitor/api/session {"token":"secret"}'],
    [(api) => api.endSession(), 'DELETE /monitor/api/session'],
    [(api) => api.history(6, 60), 'GET /monitor/api/history?hours=6&step=60'],
    [(api) => api.history(1, 10, 'a&b'), 'GET /monitor/api/history?hours=1&step=10&task=a%26b'],
    [(api) => api.tasks({ state: '', name: 'a', limit: 50 }), 'GET /monitor/api/tasks?name=a&limit=50'],
    [(api) => api.task('a/b'), 'GET /monitor/api/task?id=a%2Fb'],
    [(api) => api.taskNames(), 'GET /monitor/api/task-names'],
    [(api) => api.queues(), 'GET /monitor/api/queues'],
    [(api) => api.dead({ kind: 'dead', offset: 0 }), 'GET /monitor/api/dead?kind=dead&offset=0'],
    [(api) => api.retry('a'), 'POST /monitor/api/actions/retry {"id":"a"}'],
    [(api) => api.retryAll({ queue: 'q' }), 'POST /monitor/api/actions/retry-all {"queue":"q"}'],
    [(api) => api.revoke('a'), 'POST /monitor/api/actions/revoke {"ids":["a"]}'],
    [(api) => api.terminate('a'), 'POST /monitor/api/actions/terminate {"ids":["a"]}'],
    [(api) => api.purge('q'), 'POST /monitor/api/actions/purge {"queue":"q"}'],
    [(api) => api.pause('q'), 'POST /monitor/api/actions/pause {"queue":"q"}'],
    [(api) => api.resume('q'), 'POST /monitor/api/actions/resume {"queue":"q"}'],
    [(api) => api.grow(2), 'POST /monitor/api/actions/grow {"by":2}'],
    [(api) => api.shrink(1), 'POST /monitor/api/actions/shrink {"by":1}'],
  ]
  for (const [call, request] of CALLS) {
    it(`asks ${request}, and gives the answer`, async () => {
      const { api, seen } = apiAnswering(200, { answer: 1 })
      expect(await call(api)).to.deep.equal({ answer: 1 })
      expect(seen).to.deep.equal([request])
    })
  }

  it('tells the name, the text and the wait of a refusal', async () => {
    const { api } = apiAnswering(429, { error: 'TOO_MANY_TRIES', message: 'wait', retryAfter: 30 })
    const { error, message, status, retryAfter } = await failureOf(api.openSession('x'))
    expect({ error, message, status, retryAfter }).to.deep.equal({
      error: 'TOO_MANY_TRIES',
      message: 'wait',
      status: 429,
      retryAfter: 30,
    })
  })

  it('tells when there is no session any more', async () => {
    const { api, sessionsLost } = apiAnswering(401, { error: 'NO_SESSION', message: '' })
    await failureOf(api.queues())
    await failureOf(api.openLive(new AbortController().signal, ''))
    expect(sessionsLost()).to.equal(2)
  })

  it('takes what is not the dashboard as unexpected', async () => {
    for (const [status, body] of [
      [502, '<h1>Bad Gateway</h1>'],
      [200, '<h1>hello</h1>'],
      [500, { fault: 1 }],
      [200, 'null'],
    ] as const) {
      const { error, status: told } = await failureOf(apiAnswering(status, body).api.queues())
      expect([error, told]).to.deep.equal(['UNEXPECTED', status])
    }
  })

  it('tells a network that is away from a server that does not answer', async () => {
    const away = createMonitorApi({ fetch: () => Promise.reject(new TypeError('fetch failed')) })
    expect((await failureOf(away.queues())).error).to.equal('NETWORK')
    expect((await failureOf(away.openLive(new AbortController().signal, ''))).error).to.equal('NETWORK')
    const silent = createMonitorApi({
      timeoutMs: 5,
      fetch: (_input, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
        }),
    })
    expect((await failureOf(silent.queues())).error).to.equal('TIMEOUT')
  })

  it('gives the stream of live events, and asks for what was missed', async () => {
    let headers: Headers | undefined
    const api = createMonitorApi({
      fetch: async (_input, init) => {
        headers = new Headers(init?.headers)
        return new Response('data: 1\n\n')
      },
    })
    await api.openLive(new AbortController().signal, '')
    expect(headers?.has('Last-Event-ID')).to.equal(false)
    const stream = await api.openLive(new AbortController().signal, '42')
    expect(headers?.get('Last-Event-ID')).to.equal('42')
    expect(await new Response(stream).text()).to.equal('data: 1\n\n')
  })
})
