import { expect } from 'chai'
import { ERRORS, type ErrorName } from '../../../src/app/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { RawHttp, exchange, type RawAnswer } from '../../support/raw-http.ts'
import { createBacking, type AppOptions, type Backing, type RunningApp } from './app-harness.ts'

const JSON_TYPE = 'Content-Type: application/json\r\n'
const HOST = 'Host: shop.example\r\n'

/** Checks an answer in the one form, of this error. */
function expectTold(answer: RawAnswer | undefined, error: ErrorName): void {
  expect(answer, `an answer that tells ${error}`).not.to.equal(undefined)
  const { code, status, zh } = ERRORS[error]
  expect(answer?.status).to.equal(status)
  expect(JSON.parse(answer?.body ?? '')).to.deep.include({ code, errmsg: zh, error })
  expect(answer?.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/)
  expect(answer?.headers.get('cache-control')).to.equal('no-store')
  expect(answer?.headers.get('content-type')).to.equal('application/json; charset=utf-8')
  expect(answer?.headers.get('content-language')).to.equal('zh-CN')
}

describe('what comes over the wire', function () {
  this.timeout(30_000)
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ http: { maxHeaders: 50 } })
  })
  after(() => backing.close())
  afterEach(async () => {
    // Whatever came, the next one is served.
    expect((await app.browser.get('/usernames/somebody/count')).status).to.equal(200)
  })

  const serve = (http: AppOptions['http']) => backing.serve({ http: { ...http } })

  describe('too slowly', () => {
    const hasty = { headersTimeoutMs: 300, requestTimeoutMs: 600, keepAliveTimeoutMs: 300 }

    it('is answered 408: nothing at all', async () => {
      const slow = await serve(hasty)
      const raw = await RawHttp.open(slow.url)
      expectTold((await raw.untilClosed())[0], 'REQUEST_TIMEOUT')
    })

    it('is answered 408: headers, drop by drop', async () => {
      const slow = await serve(hasty)
      const raw = await RawHttp.open(slow.url)
      raw.send(`GET /info HTTP/1.1\r\n${HOST}`)
      const drip = setInterval(() => raw.send('X-A: b\r\n'), 50)
      try {
        expectTold((await raw.untilClosed())[0], 'REQUEST_TIMEOUT')
      } finally {
        clearInterval(drip)
      }
      const line = slow.log.find(({ message }) => message === 'request could not be read')
      expect(line?.fields).to.include({ error: 'REQUEST_TIMEOUT', status: 408 })
    })

    it('is answered 408: a body, drop by drop', async () => {
      const slow = await serve(hasty)
      const raw = await RawHttp.open(slow.url)
      raw.send(`POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 1000\r\n\r\n{`)
      const drip = setInterval(() => raw.send(' '), 50)
      try {
        expectTold((await raw.untilClosed())[0], 'REQUEST_TIMEOUT')
      } finally {
        clearInterval(drip)
      }
    })

    it('and a connection that is kept for another request is closed when none comes', async () => {
      const slow = await serve(hasty)
      const raw = await RawHttp.open(slow.url)
      raw.send(`GET /info HTTP/1.1\r\n${HOST}\r\n`)
      const answers = await raw.untilClosed()
      expect(answers.map(({ status }) => status)).to.deep.equal([401])
    })

    it('and others are served meanwhile, also where many bodies are on their way', async () => {
      const slow = await serve({ requestsAtOnce: 2 })
      const head = `POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 1000\r\n\r\n{`
      const raws = await Promise.all(Array.from({ length: 20 }, () => RawHttp.open(slow.url)))
      for (const raw of raws) raw.send(head)
      // The server has begun with each of them when one that came later is answered.
      expect((await slow.browser.get('/info')).status).to.equal(401)
      expect((await slow.browser.post('/login', {})).status).to.equal(400)
      for (const raw of raws) raw.socket.destroy()
    })
  })

  describe('too large', () => {
    it('is answered 431: a header without an end', async () => {
      const raw = await RawHttp.open(app.url)
      raw.send(`GET /info HTTP/1.1\r\n${HOST}X-Long: `)
      const flow = setInterval(() => raw.send('x'.repeat(4_096)), 1)
      try {
        expectTold((await raw.untilClosed())[0], 'HEADERS_TOO_LARGE')
      } finally {
        clearInterval(flow)
      }
    })

    it('is answered 431: more headers than any browser sends', async () => {
      const headers = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y\r\n`).join('')
      const ask = (count: number) =>
        exchange(app.url, `GET /info HTTP/1.1\r\n${HOST}${headers(count)}Connection: close\r\n\r\n`)
      expectTold((await ask(49))[0], 'HEADERS_TOO_LARGE')
      expectTold((await ask(48))[0], 'LOGIN_REQUIRED')
    })

    it('is answered 414: an address over its bound', async () => {
      const ask = (length: number) =>
        exchange(app.url, `GET /${'a'.repeat(length - 1)} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
      expectTold((await ask(2_049))[0], 'URL_TOO_LONG')
      expectTold((await ask(2_048))[0], 'NOT_FOUND')
    })

    it('is answered 413: a body in pieces without an end', async () => {
      const raw = await RawHttp.open(app.url)
      raw.send(`POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`)
      const flow = setInterval(() => raw.send(`1000\r\n${' '.repeat(4_096)}\r\n`), 1)
      try {
        await eventually(() => expectTold(raw.answers()[0], 'TOO_LARGE'))
      } finally {
        clearInterval(flow)
        raw.socket.destroy()
      }
    })

    it('is answered 413: a body that says so, before it comes', async () => {
      for (const length of ['16385', '4294967296', '9007199254740993']) {
        const raw = await RawHttp.open(app.url)
        raw.send(`POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: ${length}\r\n\r\n`)
        await eventually(() => expectTold(raw.answers()[0], 'TOO_LARGE'))
        raw.socket.destroy()
      }
    })

    it('is answered 413: a piece with endless extensions', async () => {
      const raw = await RawHttp.open(app.url)
      raw.send(`POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`)
      raw.send(`1;a=${'x'.repeat(40_000)}\r\n`)
      await raw.closed
      expectTold(raw.answers()[0], 'TOO_LARGE')
    })
  })

  describe('that is no request', () => {
    const malformed: [what: string, text: string][] = [
      ['no HTTP', 'hello\r\n\r\n'],
      ['the beginning of TLS', '\u0016\u0003\u0001\u0002'],
      ['two lengths', `POST /login HTTP/1.1\r\n${HOST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
      [
        'a length and pieces, which two servers may read as two requests',
        `POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /info HTTP/1.1\r\n\r\n`,
      ],
      [
        'pieces by a name that is almost right',
        `POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: xchunked\r\n\r\n{}`,
      ],
      ['a blank before the colon', `GET /info HTTP/1.1\r\n${HOST}Content-Length : 2\r\n\r\n`],
      ['a folded header', `GET /info HTTP/1.1\r\n${HOST}X-A: b\r\n c: d\r\n\r\n`],
      ['a NUL in a header', `GET /info HTTP/1.1\r\n${HOST}X-A: b\0c\r\n\r\n`],
      ['a length that is no number', `POST /login HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`],
      [
        'a piece whose size is no number',
        `POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      ],
      ['a blank in the address', `GET /in fo HTTP/1.1\r\n${HOST}\r\n`],
    ]
    for (const [what, text] of malformed) {
      it(`is answered 400 alone: ${what}`, async () => {
        const answers = await exchange(app.url, Buffer.from(text, 'latin1'))
        expect(answers).to.have.length(1)
        expectTold(answers[0], 'MALFORMED_REQUEST')
        expect(answers[0]?.headers.get('connection')).to.equal('close')
      })
    }

    const hosts: [what: string, lines: string][] = [
      ['none', ''],
      ['an empty one', 'Host: \r\n'],
      ['two', 'Host: shop.example\r\nHost: evil.example\r\n'],
      ['a path behind it', 'Host: shop.example/evil\r\n'],
      ['a user before it', 'Host: user@shop.example\r\n'],
      ['a blank within', 'Host: shop example\r\n'],
      ['markup', 'Host: <script>\r\n'],
    ]
    for (const [what, lines] of hosts) {
      it(`is answered 400 where it does not say clearly for which host it is: ${what}`, async () => {
        const [answer] = await exchange(app.url, `GET /info HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`)
        expectTold(answer, 'MALFORMED_REQUEST')
      })
    }

    for (const target of ['http://evil.exa[ple/info', 'http://[::1/', 'foo://bar']) {
      it(`is answered 400, like every other answer, where its target has no path that can be read: ${target}`, async () => {
        const [answer] = await exchange(app.url, `GET ${target} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
        expectTold(answer, 'MALFORMED_REQUEST')
        expect(answer?.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/)
        expect(answer?.headers.get('x-content-type-options')).to.equal('nosniff')
      })
    }

    it('but HTTP/1.0 needs no host', async () => {
      expectTold((await exchange(app.url, 'GET /info HTTP/1.0\r\n\r\n'))[0], 'LOGIN_REQUIRED')
    })
  })

  it('builds nothing from the host that it names', async () => {
    const published = await serve({ publicUrl: 'https://shop.example' })
    for (const request of [
      'GET / HTTP/1.1',
      'GET /info HTTP/1.1',
      'GET //evil.example/ HTTP/1.1',
      'GET http://evil.example/info HTTP/1.1',
    ]) {
      const [answer] = await exchange(published.url, `${request}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
      expect(answer?.status).to.be.within(400, 404)
      expect(JSON.stringify([...(answer?.headers ?? [])]) + answer?.body).not.to.include('evil.example')
    }
  })

  it('is answered in its order where many requests come at once', async () => {
    const one = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${HOST}${more}\r\n`
    const requests = Array.from({ length: 50 }, (_, index) =>
      one(index % 2 === 0 ? '/info' : '/usernames/somebody/count'),
    )
    const answers = await exchange(app.url, requests.join('') + one('/nothing', 'Connection: close\r\n'))
    expect(answers.map(({ status }) => status)).to.deep.equal([
      ...requests.map((_, index) => (index % 2 === 0 ? 401 : 200)),
      404,
    ])
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).to.equal(answers.length)
  })

  it('is answered as it is where it expects something that nobody knows', async () => {
    const [answer] = await exchange(
      app.url,
      `GET /info HTTP/1.1\r\n${HOST}Expect: a-miracle\r\nConnection: close\r\n\r\n`,
    )
    expectTold(answer, 'LOGIN_REQUIRED')
  })

  it('is answered 503 in time where the answer does not come', async () => {
    const stuck = await backing.serve({
      http: { answerTimeoutMs: 200 },
      users: Object.create(backing.users, { countByUsername: { value: () => new Promise(() => undefined) } }),
    })
    const answer = await stuck.browser.get('/usernames/somebody/count')
    expect(answer.status).to.equal(503)
    expect(answer.json()).to.deep.include({ error: 'UNAVAILABLE', retry_after: 5 })
    expect(answer.headers.get('Retry-After')).to.equal('5')
    expect(JSON.stringify(stuck.log)).to.include('no answer within the 200 ms')
  })

  it('is closed, and told in the log, where there are more connections than there may be', async () => {
    const small = await serve({ maxConnections: 2 })
    const kept = [await RawHttp.open(small.url), await RawHttp.open(small.url)]
    const third = await RawHttp.open(small.url)
    await third.closed
    expect(small.log.find(({ message }) => message.startsWith('too many connections'))?.fields).to.include({
      dropped: 1,
      maxConnections: 2,
    })
    for (const raw of kept) raw.socket.destroy()
    await eventually(async () => expect((await small.browser.get('/info')).status).to.equal(401))
  })
})
