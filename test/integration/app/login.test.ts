import { expect } from 'chai'
import { publicIdOf } from '../../../src/app/sessions/session-records.ts'
import type { StoredCookie } from '../../support/cookie-jar.ts'
import { expectError, expectOk, newMobile, registerAccount, type RegistrationForm } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

const DAYS_14 = 14 * 24 * 3600

describe('logging in and out', () => {
  let backing: Backing
  let app: RunningApp
  let account: RegistrationForm

  before(async () => {
    backing = await createBacking()
    app = await backing.serve()
    account = await registerAccount(backing, app, { username: '青椒一号_1' })
  })
  after(() => backing.close())
  beforeEach(() => app.browser.cookies.clear())

  const login = (body: object) => app.browser.post('/login', body)
  const cookie = (name: string): StoredCookie => {
    const found = app.browser.cookies.get(name)
    if (found === undefined) throw new Error(`there is no cookie ${name}`)
    return found
  }
  const keyOf = (id: string | undefined) => `session_${publicIdOf(id ?? '')}`
  const sessionKey = () => keyOf(cookie('sessionid').value)

  describe('POST /login', () => {
    it('knows the username, in any form that NFKC makes the same', async () => {
      expectOk(await login({ username: '青椒一号＿１', password: account.password }))
      expect(cookie('username').value).to.equal(encodeURIComponent('青椒一号_1'))
    })

    it('knows the mobile', async () => {
      expectOk(await login({ username: account.mobile, password: account.password }))
      expectOk(await app.browser.get('/info'))
    })

    it('lasts until the browser closes, and 24 h on the server', async () => {
      expectOk(await login({ username: account.username, password: account.password, remembered: false }))
      for (const name of ['sessionid', 'sessionid.sig', 'username']) {
        expect(cookie(name).attributes).not.to.have.any.keys('expires', 'max-age')
      }
      const key = sessionKey()
      expect(await backing.inspector.ttl(key)).to.be.closeTo(24 * 3600, 30)
    })

    it('starts the 24 h anew when the session is used a minute later', async () => {
      await login({ username: account.username, password: account.password })
      const key = sessionKey()
      await backing.inspector.expire(key, 100)
      await backing.inspector.hincrby(key, 'seen', -60_000)
      expectOk(await app.browser.get('/info'))
      expect(await backing.inspector.ttl(key)).to.be.closeTo(24 * 3600, 30)
    })

    it('lasts 14 days when remembered, however it is used', async () => {
      expectOk(await login({ username: account.username, password: account.password, remembered: true }))
      for (const name of ['sessionid', 'username']) {
        const seconds = (Date.parse(cookie(name).attributes['expires'] ?? '') - Date.now()) / 1000
        expect(seconds).to.be.closeTo(DAYS_14, 30)
      }
      const key = sessionKey()
      expect(await backing.inspector.ttl(key)).to.be.closeTo(DAYS_14, 30)
      const end = await backing.inspector.hget(key, 'ends')
      await backing.inspector.hincrby(key, 'ends', -DAYS_14 * 1000 + 100_000)
      await backing.inspector.hincrby(key, 'seen', -60_000)
      expectOk(await app.browser.get('/info'))
      expect(await backing.inspector.ttl(key)).to.be.within(60, 100)
      expect(Number(end) - Date.now()).to.be.closeTo(DAYS_14 * 1000, 30_000)
    })

    it('lasts 7 days when not remembered, however it is used', async () => {
      await login({ username: account.username, password: account.password })
      const end = Number(await backing.inspector.hget(sessionKey(), 'ends'))
      expect(end - Date.now()).to.be.closeTo(7 * 24 * 3600 * 1000, 30_000)
    })

    it('lasts so many days unused when remembered, where that is set', async () => {
      const strict = await backing.serve({ session: { rememberedIdleDays: 3 } })
      const body = { username: account.username, password: account.password, remembered: true }
      expectOk(await strict.browser.post('/login', body))
      const key = keyOf(strict.browser.cookies.get('sessionid')?.value)
      expect(await backing.inspector.ttl(key)).to.be.closeTo(3 * 24 * 3600, 30)
    })

    it('begins a session with a fresh id and ends the one there was', async () => {
      await login({ username: account.username, password: account.password })
      const first = cookie('sessionid').value
      await login({ username: account.username, password: account.password })
      expect(cookie('sessionid').value).not.to.equal(first)
      expect(await backing.inspector.exists(keyOf(first))).to.equal(0)
    })

    for (const field of ['username', 'password']) {
      for (const value of [undefined, null, '']) {
        it(`refuses ${field} ${value === '' ? 'empty' : String(value)}`, async () => {
          const body = { username: account.username, password: account.password, [field]: value }
          expectError(await login(body), 400, 'MISSING_PARAMETER', '参数缺失！')
        })
      }
    }

    it('refuses fields of the wrong type', async () => {
      const good = { username: account.username, password: account.password }
      expectError(await login({ ...good, username: 13800000000 }), 400, 'USERNAME_FORMAT', '用户名格式有误')
      expectError(await login({ ...good, password: 12345678 }), 400, 'PASSWORD_FORMAT', '密码格式有误')
      expectError(await login({ ...good, remembered: 'true' }), 400, 'REMEMBERED_FORMAT', '记住登录格式有误')
      expectOk(await login({ ...good, remembered: null }))
    })

    it('answers alike to a wrong password, an unknown name, an unknown mobile, and what is no name', async () => {
      const { password } = account
      const attempts = [
        { username: account.username, password: 'another_one' },
        { username: account.username, password: `${password}\0` },
        { username: 'nobody_here', password },
        { username: newMobile(), password },
        { username: '\0', password },
        { username: 'x'.repeat(10_000), password: 'y'.repeat(5_000) },
      ]
      for (const attempt of attempts) {
        const answer = await login(attempt)
        expectError(answer, 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
        expect(answer.setCookies).to.deep.equal([])
      }
    })

    it('does not take a password that is only the same in its first 72 bytes', async () => {
      const password = '青'.repeat(20)
      const { username } = await registerAccount(backing, app, { password: password })
      expectOk(await login({ username, password }))
      const longer = { username, password: password + 'x'.repeat(20) }
      expectError(await login(longer), 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
    })
  })

  describe('GET /info', () => {
    it('shows the name and the masked mobile', async () => {
      await login({ username: account.username, password: account.password })
      const answer = await app.browser.get('/info')
      const mobile = `${account.mobile.slice(0, 3)}****${account.mobile.slice(-4)}`
      expect(answer.json()).to.deep.equal({ code: 0, errmsg: 'ok', info_data: { username: account.username, mobile } })
      expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    })

    it('asks for a login where there is none', async () => {
      const answer = await app.browser.get('/info')
      expectError(answer, 401, 'LOGIN_REQUIRED', '请登录后重试')
      expect(answer.setCookies).to.deep.equal([])
    })

    it('ignores a session that cannot be read, and one of an account that is gone', async () => {
      const { mobile } = await registerAccount(backing, app)
      const key = sessionKey()
      const user = await backing.users.findByMobile(mobile)
      await backing.users.remove(user?.id ?? 0)
      expectError(await app.browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
      for (const text of ['{', '[]', '"text"', '{"userId":"1"}']) {
        await backing.inspector.set(key, text)
        expectError(await app.browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
      }
    })
  })

  describe('/logout', () => {
    for (const method of ['DELETE', 'POST']) {
      it(`ends the session and clears the cookies (${method})`, async () => {
        await login({ username: account.username, password: account.password })
        const kept = new Map(app.browser.cookies)
        expectOk(await app.browser.request(method, '/logout'))
        expect([...app.browser.cookies.keys()]).to.deep.equal(['deviceid'])
        expect(await backing.inspector.exists(keyOf(kept.get('sessionid')?.value))).to.equal(0)
        for (const [name, value] of kept) app.browser.cookies.set(name, value)
        expectError(await app.browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
      })
    }

    it('is no error for one who is not logged in', async () => {
      expectOk(await app.browser.delete('/logout'))
    })

    it('is refused to another site', async () => {
      const headers = { 'Sec-Fetch-Site': 'cross-site' }
      const answer = await app.browser.post('/logout', undefined, { headers })
      expectError(answer, 403, 'FOREIGN_SITE', '不允许其他网站发起此请求')
    })
  })
})
