import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { defaults } from '../../../config/default.ts'
import type { RequestKind } from '../../../src/app/budgets/request-budgets.ts'
import type { Answer } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import { RawHttp } from '../../support/raw-http.ts'
import { expectError, expectOk, expectTooMany } from './app-fixtures.ts'
import { createBacking, noLoginDelays, type Backing, type RunningApp } from './app-harness.ts'

/** As a fresh installation has them. */
const { budgets } = defaults

describe('the budgets of pictures, counts and logins', () => {
  let backing: Backing

  before(async () => {
    backing = await createBacking()
  })
  after(() => backing.close())
  beforeEach(() => backing.inspector.flushdb())

  const tooMany = (answer: Answer) => expectTooMany(answer, 'TOO_MANY_REQUESTS', '请求过于频繁')

  const kinds: [kind: RequestKind, perMinute: number, ask: (app: RunningApp) => Promise<Answer>][] = [
    ['pictures', 60, ({ browser }) => browser.get(`/image_codes/${randomUUID()}`)],
    ['counts', 30, ({ browser }) => browser.get('/usernames/somebody/count')],
    ['logins', 20, ({ browser }) => browser.post('/login', { username: '-', password: '-' })],
  ]
  for (const [kind, perMinute, ask] of kinds) {
    it(`let ${perMinute} ${kind} a minute of one address pass`, async () => {
      const app = await backing.serve({ budgets, accounts: { hashesWaiting: 1_000, loginDelays: noLoginDelays } })
      const statuses = (await Promise.all(Array.from({ length: perMinute + 3 }, () => ask(app)))).map(
        ({ status }) => status,
      )
      expect(statuses.filter((status) => status === 429)).to.have.length(3)
      expect(tooMany(await ask(app))).to.be.within(30, 60)
      expect(app.budgetFigures().refused[kind]).to.equal(4)
      const key = `budget_${kind}_127.0.0.1`
      expect(await backing.inspector.pttl(key)).to.be.within(30_000, 60_000)
      expect(await backing.inspector.zcard(key)).to.equal(perMinute)
      for (const token of await backing.inspector.zrange(key, '0', '-1'))
        await backing.inspector.zincrby(key, -60_000, token)
      expect((await ask(app)).status).not.to.equal(429)
    })
  }

  it('count mobiles and usernames together', async () => {
    const app = await backing.serve({ budgets: { countsPerAddressMinute: 2 } })
    expectOk(await app.browser.get('/usernames/somebody/count'))
    expectOk(await app.browser.get('/mobiles/13800000000/count'))
    tooMany(await app.browser.get('/usernames/somebody/count'))
    tooMany(await app.browser.get('/mobiles/13800000000/count'))
    expectError(await app.browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
  })

  it('refuse a login before its body is there', async () => {
    const app = await backing.serve({ budgets: { loginsPerAddressMinute: 1 } })
    const unreadable = { headers: { 'Content-Type': 'application/json' }, body: '{' }
    // It has cost its share, too.
    expect((await app.browser.request('POST', '/login', unreadable)).json()['error']).to.equal('NOT_JSON')
    const raw = await RawHttp.open(app.url)
    raw.send('POST /login HTTP/1.1\r\nHost: shop.example\r\n')
    raw.send('Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
    await eventually(() => expect(raw.answers().map(({ status }) => status)).to.deep.equal([429]))
    raw.socket.destroy()
  })

  it('let nobody pass while Redis is away', async () => {
    const own = await createBacking()
    try {
      const app = await own.serve({ budgets })
      await own.redis.stop()
      for (const [, , ask] of kinds) expectError(await ask(app), 503, 'UNAVAILABLE', '服务暂不可用')
    } finally {
      await own.close()
    }
  })

  it('bound nothing, and need no Redis, where they are off', async () => {
    const app = await backing.serve()
    for (let times = 0; times < 35; times++) expectOk(await app.browser.get('/usernames/somebody/count'))
    expect(await backing.inspector.keys('budget_*')).to.deep.equal([])
  })
})
