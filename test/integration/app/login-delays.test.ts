import { expect } from 'chai'
import type { Settings } from '../../../config/default.ts'
import { createBrowser, type Answer, type Browser } from '../../support/cookie-jar.ts'
import {
  expectError,
  expectOk,
  expectTooMany,
  newMobile,
  newUsername,
  registerAccount,
  type RegistrationForm,
} from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

type Delays = Settings['accounts']['loginDelays']

/** So long that no test sees one end by itself. */
const delays: Delays = {
  freeTries: 3,
  freeTriesPerAddress: null,
  firstSeconds: 100,
  longestSeconds: 1_000,
  forgetSeconds: 10_000,
  forgetPerAddressSeconds: 10_000,
}

describe('growing delays at the login', () => {
  let backing: Backing
  let app: RunningApp
  let account: RegistrationForm

  before(async () => {
    backing = await createBacking()
  })
  after(() => backing.close())
  beforeEach(async () => {
    const keys = await backing.inspector.keys('login_*')
    if (keys.length > 0) await backing.inspector.del(keys)
    app = await serve()
    account = await registerAccount(backing, app)
  })

  const serve = (given: Partial<Delays> = {}) => backing.serve({ accounts: { loginDelays: { ...delays, ...given } } })
  /** A try from a browser that nobody knows, if no other is given. */
  const login = (username: string, password = 'wrong_password', browser: Browser = createBrowser(app.url)) =>
    browser.post('/login', { username, password })
  const expectWrong = (answer: Answer) => expectError(answer, 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
  /** @returns in how many seconds it may be tried again */
  const expectDelay = (answer: Answer): number => {
    expect(answer.setCookies).to.deep.equal([])
    return expectTooMany(answer, 'TOO_MANY_REQUESTS', '请求过于频繁')
  }
  /** As if so many seconds had gone by. */
  const wait = async (seconds: number, kind = '*') => {
    for (const key of await backing.inspector.keys(`login_${kind}_*`)) {
      await backing.inspector.hincrby(key, 'last', -seconds * 1000)
    }
  }

  it('begin after some wrong passwords, and grow up to a longest one', async () => {
    const { username } = account
    for (let tries = 0; tries < 3; tries++) expectWrong(await login(username))
    const waits: number[] = []
    for (const expected of [100, 200, 400, 800, 1_000, 1_000, 1_000]) {
      const seconds = expectDelay(await login(username))
      expect(seconds).to.be.within(expected - 10, expected)
      waits.push(seconds)
      await wait(expected)
      expectWrong(await login(username))
    }
    expect(waits).to.have.length(7)
  })

  it('refuse the right password as any other, and do not grow by what they refuse', async () => {
    const { username, password } = account
    for (let tries = 0; tries < 3; tries++) expectWrong(await login(username))
    for (let tries = 0; tries < 10; tries++) expect(expectDelay(await login(username))).to.be.at.most(100)
    expect(expectDelay(await login(username, password))).to.be.at.most(100)
    await wait(100)
    expectOk(await login(username, password))
  })

  it('are the same for names that nobody has, mobiles that nobody has, and what is no name', async () => {
    for (const name of [newUsername(), newMobile(), '\0', 'x'.repeat(5_000)]) {
      for (let tries = 0; tries < 3; tries++) expectWrong(await login(name))
      expect(expectDelay(await login(name))).to.be.within(90, 100)
    }
  })

  it('count a name in NFKC, as it is looked up', async () => {
    for (const name of ['somebody_1', 'ｓomebody_1', 'somebody_１']) expectWrong(await login(name))
    expectDelay(await login('somebody＿1'))
  })

  it('begin anew after a right password', async () => {
    const { username, password } = account
    for (let round = 0; round < 2; round++) {
      for (let tries = 0; tries < 2; tries++) expectWrong(await login(username))
      expectOk(await login(username, password))
    }
    for (let tries = 0; tries < 3; tries++) expectWrong(await login(username))
    expectDelay(await login(username))
  })

  it('forget wrong passwords one by one, and never lock anybody out', async () => {
    const { username } = account
    for (let tries = 0; tries < 3; tries++) expectWrong(await login(username))
    await wait(10_000)
    expectWrong(await login(username))
    expectDelay(await login(username))
    const [key = ''] = await backing.inspector.keys('login_name_*')
    expect(await backing.inspector.ttl(key)).to.be.within(29_900, 30_000)
  })

  it('keep a count no longer than it matters, and no name in the clear', async () => {
    const { username } = account
    const once = await serve({ firstSeconds: 1, longestSeconds: 2, forgetSeconds: 10 })
    for (let tries = 0; tries < 30; tries++) {
      await once.browser.post('/login', { username, password: 'wrong_password' })
      await wait(2)
    }
    const keys = await backing.inspector.keys('login_*')
    expect(keys).to.have.length(1)
    expect(keys[0]).to.match(/^login_name_[\w-]{43}$/)
    expect(await backing.inspector.ttl(keys[0] ?? '')).to.be.within(1, 40)
    expect(Object.keys(await backing.inspector.hgetall(keys[0] ?? ''))).to.have.members(['wrong', 'last'])
  })

  it('let no more through when they are tried at once', async () => {
    for (const name of [account.username, newUsername()]) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => login(name)))
      expect(answers.filter(({ status }) => status === 401)).to.have.length(3)
      expect(answers.filter(({ status }) => status === 429)).to.have.length(17)
    }
  })

  describe('by address', () => {
    beforeEach(async () => {
      app = await serve({ freeTriesPerAddress: 5 })
    })

    it('count all names together, and are not ended by the right password of one', async () => {
      for (let tries = 0; tries < 4; tries++) expectWrong(await login(newUsername()))
      expectOk(await login(account.username, account.password))
      expectWrong(await login(newUsername()))
      expect(expectDelay(await login(newUsername()))).to.be.within(90, 100)
      expectDelay(await login(account.username, account.password))
    })

    it('are not moved by right passwords', async () => {
      for (let tries = 0; tries < 8; tries++) expectOk(await login(account.username, account.password))
      expect(await backing.inspector.keys('login_*')).to.deep.equal([])
    })

    it('let no more through when they are tried at once', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => login(newUsername())))
      expect(answers.filter(({ status }) => status === 401)).to.have.length(5)
    })

    it('end sooner than those of a name', async () => {
      app = await serve({ freeTriesPerAddress: 5, forgetPerAddressSeconds: 60 })
      for (let tries = 0; tries < 5; tries++) expectWrong(await login(newUsername()))
      expectDelay(await login(newUsername()))
      await wait(300)
      for (let tries = 0; tries < 5; tries++) expectWrong(await login(newUsername()))
    })
  })

  describe('for a device that the account knows', () => {
    it('are its own: wrong passwords from elsewhere do not keep its owner out', async () => {
      const { username, mobile, password } = account
      const known = app.browser
      expectOk(await known.delete('/logout'))
      for (let tries = 0; tries < 3; tries++) expectWrong(await login(username))
      expectDelay(await login(username, password))
      expectOk(await login(username, password, known))
      expectOk(await login(mobile, password, known))
      // Of no use to others: the count of the name goes on.
      expectDelay(await login(username, password))
    })

    it('begin after as many wrong ones of its own, and do not touch those of others', async () => {
      const { username, password } = account
      for (let tries = 0; tries < 3; tries++) expectWrong(await login(username, undefined, app.browser))
      expectDelay(await login(username, password, app.browser))
      expectOk(await login(username, password))
    })

    it('do not hold for another account, a cookie that was tampered with, or one that comes twice', async () => {
      const { username, password } = await registerAccount(backing, await serve())
      const value = app.browser.cookies.get('deviceid')?.value ?? ''
      const stranger = createBrowser(app.url)
      const headers = (cookie: string) => ({ headers: { Cookie: cookie } })
      for (let tries = 0; tries < 3; tries++) expectWrong(await login(username))
      const flipped = value.slice(0, -1) + (value.endsWith('A') ? 'B' : 'A')
      for (const cookie of [`deviceid=${value}`, 'deviceid=', 'deviceid=.', `deviceid=${'x'.repeat(5_000)}`]) {
        expectDelay(await stranger.post('/login', { username, password }, headers(cookie)))
      }
      for (let tries = 0; tries < 3; tries++) expectWrong(await login(account.username))
      for (const cookie of [`deviceid=${flipped}`, `deviceid=${value}; deviceid=${value}`, 'deviceid=\x80']) {
        const body = { username: account.username, password: account.password }
        expectDelay(await stranger.post('/login', body, headers(cookie)))
      }
    })

    it('go on with another key, as long as the old one is in the list', async () => {
      const sessionKeys = ['a new key', 'a key that signs cookies']
      const rotated = await backing.serve({ sessionKeys, accounts: { loginDelays: delays } })
      const known = createBrowser(rotated.url)
      const cookie = app.browser.cookies.get('deviceid')
      if (cookie === undefined) throw new Error('there is no cookie deviceid')
      known.cookies.set('deviceid', cookie)
      for (let tries = 0; tries < 3; tries++) expectWrong(await login(account.username))
      expectOk(await login(account.username, account.password, known))
      expect(known.cookies.get('deviceid')?.value.split('.')[0]).to.equal(cookie.value.split('.')[0])
      expect(known.cookies.get('deviceid')?.value).not.to.equal(cookie.value)
    })
  })

  it('take back a try for which there was no processor', async () => {
    const busy = await backing.serve({ accounts: { bcryptCost: 8, hashesWaiting: 0, loginDelays: delays } })
    const names = Array.from({ length: 12 }, () => newUsername())
    const answers = await Promise.all(
      names.map((username) => createBrowser(busy.url).post('/login', { username, password: 'wrong_password' })),
    )
    const judged = answers.filter(({ status }) => status === 401).length
    expect(answers.filter(({ status }) => status === 503)).to.have.length(12 - judged)
    expect(judged).to.be.within(1, 11)
    expect(await backing.inspector.keys('login_name_*')).to.have.length(judged)
  })

  it('can be switched off, and then no device is noted', async () => {
    app = await serve({ freeTries: null, freeTriesPerAddress: null })
    for (let tries = 0; tries < 12; tries++) expectWrong(await login(account.username))
    expectOk(await login(account.username, account.password, app.browser))
    expect([...app.browser.cookies.keys()]).not.to.include('deviceid')
    expect(await backing.inspector.keys('login_*')).to.deep.equal([])
  })

  it('hold for the present password of one who is logged in, too', async () => {
    const body = { old_password: 'wrong_password', password: 'another_password', password2: 'another_password' }
    const change = (given: object) => app.browser.request('PUT', '/password', { json: { ...body, ...given } })
    for (let tries = 0; tries < 3; tries++) expectError(await change({}), 403, 'PASSWORD_WRONG', '当前密码有误')
    expectDelay(await change({ old_password: account.password }))
    await wait(100)
    expectOk(await change({ old_password: account.password }))
    expectOk(await login(account.username, 'another_password'))
  })
})
