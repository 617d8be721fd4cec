import { expect } from 'chai'
import { expectError, expectOk } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

const FRIEND = 'https://www.shop.example'
const FOREIGN = [403, 'FOREIGN_SITE', '不允许其他网站发起此请求'] as const

/** Origins that look like the friend's, and are not. */
const LOOK_ALIKES = [
  'null',
  'http://www.shop.example',
  'https://www.shop.example:8443',
  'https://shop.example',
  'https://www.shop.example.evil.example',
  'https://evilwww.shop.example',
  'https://www.shop.example@evil.example',
  'https://evil.example/https://www.shop.example',
  'https://WWW.shop.example',
  'https://www.shop.example/',
  'https://www.shop.example, https://evil.example',
  'https://evil.example',
]

describe('pages of other sites', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ http: { corsOrigins: [`${FRIEND}/`, 'http://localhost:8080'] } })
  })
  after(() => backing.close())

  const preflight = (origin: string, method = 'POST') =>
    app.browser.request('OPTIONS', '/login', {
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'content-type',
      },
    })

  it('that are listed may ask, with cookies, and read the answer', async () => {
    for (const origin of [FRIEND, 'http://localhost:8080']) {
      for (const site of [undefined, 'cross-site', 'same-site']) {
        const headers = { Origin: origin, ...(site !== undefined && { 'Sec-Fetch-Site': site }) }
        for (const answer of [
          await app.browser.post('/login', {}, { headers }),
          await app.browser.delete('/logout', { headers }),
          await app.browser.get('/info', { headers }),
        ]) {
          expect(answer.status).not.to.equal(403)
          expect(answer.headers.get('Access-Control-Allow-Origin')).to.equal(origin)
          expect(answer.headers.get('Access-Control-Allow-Credentials')).to.equal('true')
          expect(answer.headers.get('Access-Control-Expose-Headers')).to.match(/Retry-After.*X-Request-Id/)
          expect(answer.headers.get('Vary')).to.match(/\bOrigin\b/)
        }
      }
    }
  })

  it('that are listed get their preflight answered', async () => {
    const { status, headers } = await preflight(FRIEND, 'DELETE')
    expect(status).to.equal(204)
    expect(headers.get('Access-Control-Allow-Origin')).to.equal(FRIEND)
    expect(headers.get('Access-Control-Allow-Credentials')).to.equal('true')
    expect(headers.get('Access-Control-Allow-Methods')).to.equal('GET,HEAD,POST,PUT,DELETE')
    expect(headers.get('Access-Control-Allow-Headers')).to.equal('Content-Type,Accept-Language')
    expect(headers.get('Access-Control-Max-Age')).to.equal('600')
    expect(headers.get('Vary')).to.match(/\bOrigin\b/)
  })

  for (const origin of LOOK_ALIKES) {
    it(`may not where they are not listed: ${origin}`, async () => {
      const asked = await preflight(origin)
      expect(asked.headers.get('Access-Control-Allow-Origin')).to.equal(null)
      expect(asked.headers.get('Vary')).to.match(/\bOrigin\b/)
      for (const site of [undefined, 'cross-site', 'same-site', 'nonsense']) {
        const headers = { Origin: origin, ...(site !== undefined && { 'Sec-Fetch-Site': site }) }
        const refused = await app.browser.post('/login', {}, { headers })
        expectError(refused, ...FOREIGN)
        expect(refused.headers.get('Access-Control-Allow-Origin')).to.equal(null)
        const read = await app.browser.get('/usernames/somebody/count', { headers })
        expectOk(read)
        expect(read.headers.get('Access-Control-Allow-Origin')).to.equal(null)
        expect(read.headers.get('Access-Control-Allow-Credentials')).to.equal(null)
      }
    })
  }

  it('are none where none is listed', async () => {
    const closed = await backing.serve()
    const headers = { Origin: FRIEND, 'Access-Control-Request-Method': 'POST' }
    const answer = await closed.browser.request('OPTIONS', '/login', { headers })
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).to.deep.equal([])
    expectError(await closed.browser.post('/login', {}, { headers: { Origin: FRIEND } }), ...FOREIGN)
  })

  it('are all that the public address is not, whatever the request says of its host', async () => {
    const published = await backing.serve({ http: { publicUrl: 'https://shop.example' } })
    const post = (origin: string) => published.browser.post('/login', {}, { headers: { Origin: origin } })
    expectError(await post('https://shop.example'), 400, 'MISSING_PARAMETER', '参数缺失！')
    for (const origin of ['http://shop.example', 'https://shop.example:8443', published.url]) {
      expectError(await post(origin), ...FOREIGN)
    }
  })

  it('are not its own pages, where no public address is set: then the host decides', async () => {
    const { host, port } = new URL(app.url)
    const post = (origin: string) => app.browser.post('/login', {}, { headers: { Origin: origin } })
    for (const origin of [app.url, `https://${host}`]) expect((await post(origin)).status).to.equal(400)
    for (const origin of [`http://127.0.0.1:${Number(port) - 1}`, 'http://127.0.0.1', `http://user@${host}`]) {
      expectError(await post(origin), ...FOREIGN)
    }
  })
})
