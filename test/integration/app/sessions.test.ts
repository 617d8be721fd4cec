import { expect } from 'chai'
import { publicIdOf } from '../../../src/app/sessions/session-records.ts'
import { Users, type User } from '../../../src/app/users.ts'
import { createBrowser, type Browser } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import { expectError, expectOk, registerAccount, type RegistrationForm } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

interface Shown {
  id: string
  created_at: string
  last_seen_at: string
  address: string
  user_agent: string
  remembered: boolean
  current: boolean
}

/** Accounts whose next look-up by id waits, when it has its answer. */
class SlowUsers extends Users {
  /** Lets it go on. */
  release: () => void = () => undefined
  /** Whether one waits. */
  waiting = false
  #hold: Promise<void> | undefined

  holdNext(): void {
    this.#hold = new Promise((resolve) => {
      this.release = resolve
    })
  }

  override async findById(id: number): Promise<User | undefined> {
    const user = await super.findById(id)
    const hold = this.#hold
    this.#hold = undefined
    if (hold === undefined) return user
    this.waiting = true
    await hold
    this.waiting = false
    return user
  }
}

describe('the sessions of an account', () => {
  let backing: Backing
  let app: RunningApp
  let users: SlowUsers
  let account: RegistrationForm

  before(async () => {
    backing = await createBacking()
    users = new SlowUsers(backing.database)
    app = await backing.serve({ users, session: { perAccount: 4 } })
  })
  after(() => backing.close())
  beforeEach(async () => {
    app.browser.cookies.clear()
    account = await registerAccount(backing, app)
  })

  const logIn = async (userAgent = FIREFOX, remembered = false): Promise<Browser> => {
    const browser = createBrowser(app.url)
    const { username, password } = account
    const options = { headers: { 'User-Agent': userAgent } }
    expectOk(await browser.post('/login', { username, password, remembered }, options))
    return browser
  }
  const list = async (browser: Browser) => expectOk(await browser.get('/sessions'))['sessions'] as Shown[]
  const idOf = (browser: Browser) => publicIdOf(browser.cookies.get('sessionid')?.value ?? '')
  const expectLoggedOut = async (browser: Browser) =>
    expectError(await browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
  const copyOf = (browser: Browser): Browser => {
    const copy = createBrowser(app.url)
    for (const [name, cookie] of browser.cookies) copy.cookies.set(name, cookie)
    return copy
  }
  const userIdOf = async ({ mobile }: RegistrationForm) => {
    const user = await backing.users.findByMobile(mobile)
    if (user === undefined) throw new Error('there is no such account')
    return user.id
  }

  it('need a login to be looked at and to be ended', async () => {
    const nobody = createBrowser(app.url)
    for (const [method, path] of [
      ['GET', '/sessions'],
      ['DELETE', '/sessions'],
      ['DELETE', '/sessions/any'],
    ] as const) {
      expectError(await nobody.request(method, path), 401, 'LOGIN_REQUIRED', '请登录后重试')
    }
  })

  it('are shown with where and when they began, and which one asks; never with what gives them away', async () => {
    const browser = await logIn(FIREFOX, true)
    const answer = await browser.get('/sessions')
    expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    expect(answer.text).not.to.contain(browser.cookies.get('sessionid')?.value)
    const sessions = await list(browser)
    expect(sessions).to.have.length(2)
    const own = sessions.find(({ current }) => current)
    expect(own).to.include({ id: idOf(browser), user_agent: 'Firefox 140, Linux', remembered: true })
    expect(own?.address).to.match(/127\.0\.0\.1$/)
    expect(Date.parse(own?.created_at ?? '')).to.be.closeTo(Date.now(), 10_000)
    expect(own?.last_seen_at).to.equal(own?.created_at)
    expect(sessions.filter(({ current }) => current)).to.have.length(1)
  })

  it('are told the one that was used last first', async () => {
    const first = await logIn('curl/8.5.0')
    await logIn()
    await backing.inspector.hincrby(`session_${idOf(first)}`, 'seen', -60_000)
    expectOk(await first.get('/info'))
    const [latest] = await list(first)
    expect(latest).to.include({ id: idOf(first), user_agent: 'curl/8.5.0' })
  })

  it('are at most as many as there may be: the oldest ends', async () => {
    const browsers = [await logIn(), await logIn(), await logIn(), await logIn()]
    await expectLoggedOut(app.browser)
    for (const browser of browsers) expect(await list(browser)).to.have.length(4)
  })

  describe('DELETE /sessions/:id', () => {
    it('ends another one of the account', async () => {
      const lost = await logIn()
      expectOk(await app.browser.delete(`/sessions/${idOf(lost)}`))
      await expectLoggedOut(lost)
      expectOk(await app.browser.get('/info'))
      const again = await app.browser.delete(`/sessions/${idOf(lost)}`)
      expectError(again, 404, 'SESSION_UNKNOWN', '登录会话不存在')
    })

    it('does not know those of another account, nor what is no id', async () => {
      const other = await backing.serve()
      await registerAccount(backing, other)
      const secret = other.browser.cookies.get('sessionid')?.value
      for (const id of [idOf(other.browser), secret, 'x', '%00', '青', 'x'.repeat(2_000)]) {
        const answer = await app.browser.delete(`/sessions/${id}`)
        expectError(answer, 404, 'SESSION_UNKNOWN', '登录会话不存在')
      }
      expectOk(await other.browser.get('/info'))
    })

    it('logs out where it is the one that asks', async () => {
      const other = await logIn()
      const copy = copyOf(app.browser)
      expectOk(await app.browser.delete(`/sessions/${idOf(app.browser)}`))
      expect([...app.browser.cookies.keys()]).to.deep.equal(['deviceid'])
      await expectLoggedOut(copy)
      expectOk(await other.get('/info'))
    })
  })

  describe('DELETE /sessions', () => {
    for (const remembered of [true, false]) {
      it(`ends all others, and gives ${remembered ? 'a remembered' : 'this'} one a fresh id`, async () => {
        const [own, ...others] = [await logIn(FIREFOX, remembered), await logIn(), app.browser]
        const before = copyOf(own)
        const expiry = own.cookies.get('sessionid')?.attributes['expires']
        expectOk(await own.delete('/sessions'))
        for (const browser of [...others, before]) await expectLoggedOut(browser)
        expect(idOf(own)).not.to.equal(idOf(before))
        const after = own.cookies.get('sessionid')?.attributes['expires']
        expect(after === undefined).to.equal(!remembered)
        // Not a second more than it had.
        expect(Date.parse(after ?? '') || 0).to.be.at.most((Date.parse(expiry ?? '') || 0) + 1_000)
        const [session, ...rest] = await list(own)
        expect(rest).to.deep.equal([])
        expect(session).to.include({ id: idOf(own), remembered, current: true, user_agent: 'Firefox 140, Linux' })
      })
    }

    it('leaves other accounts alone', async () => {
      const other = await backing.serve()
      await registerAccount(backing, other)
      expectOk(await app.browser.delete('/sessions'))
      expectOk(await other.browser.get('/info'))
    })
  })

  describe('at the same time', () => {
    it('begin two by two: each login has its own, and ends the one it came with', async () => {
      const shared = app.browser
      const [one, other] = [copyOf(shared), copyOf(shared)]
      const { username, password } = account
      const answers = await Promise.all([one, other].map((browser) => browser.post('/login', { username, password })))
      for (const answer of answers) expectOk(answer)
      expect(idOf(one)).not.to.equal(idOf(other))
      expect((await list(one)).map(({ id }) => id)).to.have.members([idOf(one), idOf(other)])
      await expectLoggedOut(shared)
    })

    it('do not come back under a request that was in flight when they ended', async () => {
      for (const end of [
        (browser: Browser) => browser.delete('/logout'),
        (browser: Browser) => browser.delete('/sessions'),
        async (browser: Browser) => browser.delete(`/sessions/${idOf(app.browser)}`),
      ]) {
        app.browser.cookies.clear()
        const { username, password } = account
        expectOk(await app.browser.post('/login', { username, password }))
        const [slow, before] = [copyOf(app.browser), copyOf(app.browser)]
        // It could be a minute since it was last used.
        await backing.inspector.hincrby(`session_${idOf(slow)}`, 'seen', -60_000)
        users.holdNext()
        const late = slow.delete('/sessions')
        await eventually(() => expect(users.waiting).to.equal(true))
        expectOk(await end(copyOf(app.browser)))
        users.release()
        expectOk(await late)
        await expectLoggedOut(before)
        await expectLoggedOut(slow)
        expect([...slow.cookies.keys()]).to.deep.equal(['deviceid'])
        expect(await backing.inspector.exists(`sessions_${await userIdOf(account)}`)).to.equal(0)
      }
    })

    it('do not begin by a password that was changed while it was looked at', async () => {
      const browser = createBrowser(app.url)
      const { username, password } = account
      // The look-up after the session has begun: the password changes, all sessions end, before it has its answer.
      users.holdNext()
      const late = browser.post('/login', { username, password })
      await eventually(() => expect(users.waiting).to.equal(true))
      expect(await backing.users.setPassword(await userIdOf(account), '!')).to.equal(true)
      expectOk(await copyOf(app.browser).delete('/sessions'))
      users.release()
      // It had read the account as it was before; so the session was there to be ended.
      await late
      await expectLoggedOut(browser)
    })

    it('end where the password changed before the session began', async () => {
      const userId = await userIdOf(account)
      class ChangingUsers extends Users {
        override async findByUsername(username: string): Promise<User | undefined> {
          const user = await super.findByUsername(username)
          await this.setPassword(userId, '!')
          return user
        }
      }
      const changing = await backing.serve({ users: new ChangingUsers(backing.database) })
      const { username, password } = account
      const answer = await changing.browser.post('/login', { username, password })
      expectError(answer, 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
      expect([...changing.browser.cookies.keys()]).to.deep.equal([])
      expect(await backing.inspector.zcard(`sessions_${userId}`)).to.equal(1)
    })

    it('end where the account cannot be looked at again: the login has failed', async () => {
      const userId = await userIdOf(account)
      class BrokenUsers extends Users {
        override async findById(): Promise<User | undefined> {
          throw new Error('no database')
        }
      }
      const broken = await backing.serve({ users: new BrokenUsers(backing.database) })
      const { username, password } = account
      expect((await broken.browser.post('/login', { username, password })).status).to.equal(500)
      expect([...broken.browser.cookies.keys()]).to.deep.equal([])
      expect(await backing.inspector.zcard(`sessions_${userId}`)).to.equal(1)
    })
  })

  it('cannot be fixed beforehand: an id that somebody else knows is worth nothing after a login or a registration', async () => {
    const planted = app.browser
    const [victim, { username, password }] = [copyOf(planted), account]
    expectOk(await victim.post('/login', { username, password }))
    await expectLoggedOut(planted)

    const second = copyOf(victim)
    app.browser.cookies.clear()
    for (const [name, cookie] of second.cookies) app.browser.cookies.set(name, cookie)
    await registerAccount(backing, app)
    expect(idOf(app.browser)).not.to.equal(idOf(second))
    await expectLoggedOut(second)
  })
})
