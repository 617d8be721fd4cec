import { expect } from 'chai'
import { publicIdOf } from '../../../src/app/sessions/session-records.ts'
import { createBrowser } from '../../support/cookie-jar.ts'
import {
  expectError,
  expectOk,
  getCode,
  newMobile,
  newUsername,
  registerAccount,
  registrationOf,
  wrongCode,
} from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

/** Where Redis has a session, by the id in its cookie. */
const keyOf = (id = '') => `session_${publicIdOf(id)}`

describe('POST /register', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ codes: { resendSeconds: null } })
  })
  after(() => backing.close())
  beforeEach(() => app.browser.cookies.clear())

  const register = (form: object) => app.browser.post('/register', form)
  const DAYS_14 = 14 * 24 * 3600

  describe('that succeeds', () => {
    it('creates the account, uses up the code and logs in', async () => {
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      expectOk(await register(form))

      const user = await backing.users.findByUsername(form.username)
      expect(user).to.include({ username: form.username, mobile: form.mobile })
      expect(user?.passwordHash).to.match(/^\$2b\$04\$/)
      expect(await backing.inspector.exists(`sms_${form.mobile}`)).to.equal(0)
      const info = expectOk(await app.browser.get('/info'))
      expect(info['info_data']).to.deep.equal({ username: form.username, mobile: `139****${form.mobile.slice(-4)}` })
    })

    it('sets the cookies and keeps the session for 14 days', async () => {
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      const { setCookies } = await register(form)
      const named = (name: string) => setCookies.find((cookie) => cookie.name === name)
      const session = named('sessionid')
      const username = named('username')

      expect(session?.value).to.match(/^[\w-]{43}$/)
      expect(session?.attributes).to.include({ path: '/', httponly: '', samesite: 'lax' })
      expect(session?.attributes).not.to.have.property('secure')
      expect(named('sessionid.sig')?.attributes).to.include({ httponly: '', samesite: 'lax' })
      expect(username?.value).to.equal(form.username)
      expect(username?.attributes).to.include({ path: '/', samesite: 'lax' }).and.not.have.property('httponly')
      expect(named('username.sig')).to.equal(undefined)
      for (const cookie of [session, username]) {
        const seconds = (Date.parse(cookie?.attributes['expires'] ?? '') - Date.now()) / 1000
        expect(seconds).to.be.closeTo(DAYS_14, 30)
      }
      expect(await backing.inspector.ttl(keyOf(session?.value))).to.be.closeTo(DAYS_14, 30)
    })

    it('takes a name of any script, brings it to NFKC, and percent-encodes it in the cookie', async () => {
      const form = await registerAccount(backing, app, { username: 'ＡＢＣ青椒_一号' })
      expect((await backing.users.findByMobile(form.mobile))?.username).to.equal('ABC青椒_一号')
      expect(app.browser.cookies.get('username')?.value).to.equal(encodeURIComponent('ABC青椒_一号'))
    })

    it('ends the session that the browser had', async () => {
      await registerAccount(backing, app)
      const first = app.browser.cookies.get('sessionid')?.value
      await registerAccount(backing, app)
      const second = app.browser.cookies.get('sessionid')?.value
      expect(second).not.to.equal(first)
      expect(await backing.inspector.exists(keyOf(first))).to.equal(0)
      expect(await backing.inspector.exists(keyOf(second))).to.equal(1)
    })

    it('takes a password of 72 bytes at most', async () => {
      await registerAccount(backing, app, { password: '\u{20000}'.repeat(18) })
    })
  })

  describe('checks the code', () => {
    it('refuses one where none is stored', async () => {
      expectError(await register(registrationOf()), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
    })

    it('refuses a wrong one five times, then all', async () => {
      const form = registrationOf()
      const code = await getCode(backing, app, form.mobile)
      const wrong = { ...form, sms_code: wrongCode(code) }
      for (let tries = 1; tries <= 5; tries++) {
        expectError(await register(wrong), 400, 'SMS_CODE_WRONG', '短信验证码有误！')
      }
      expectError(await register({ ...form, sms_code: code }), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
      expect(await backing.inspector.exists(`sms_${form.mobile}`)).to.equal(0)
    })

    it('takes the right one after four wrong ones', async () => {
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      const wrong = { ...form, sms_code: wrongCode(form.sms_code) }
      for (let tries = 1; tries <= 4; tries++) await register(wrong)
      expectOk(await register(form))
    })

    it('counts no more than five of twenty wrong tries at once', async () => {
      const form = registrationOf()
      const code = await getCode(backing, app, form.mobile)
      const wrong = { ...form, sms_code: wrongCode(code) }
      const answers = await Promise.all(Array.from({ length: 20 }, () => register(wrong)))
      const errors = answers.map((answer) => answer.json()['error'])
      expect(errors.filter((error) => error === 'SMS_CODE_WRONG')).to.have.length(5)
      expect(errors.filter((error) => error === 'SMS_CODE_EXPIRED')).to.have.length(15)
    })

    it('lets one of two registrations with one code through', async () => {
      const mobile = newMobile()
      const code = await getCode(backing, app, mobile)
      const forms = [1, 2].map(() => registrationOf({ mobile, sms_code: code }))
      const answers = await Promise.all(forms.map((form) => createBrowser(app.url).post('/register', form)))
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).to.deep.equal([200, 400])
      const counts = await Promise.all(forms.map(({ username }) => backing.users.countByUsername(username)))
      expect(counts.toSorted((a, b) => a - b)).to.deep.equal([0, 1])
    })

    it('takes any of the codes that were sent, once', async () => {
      const form = registrationOf()
      const first = await getCode(backing, app, form.mobile)
      const second = await getCode(backing, app, form.mobile)
      expectOk(await register({ ...form, sms_code: first }))
      const again = registrationOf({ mobile: form.mobile, sms_code: second })
      expectError(await register(again), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
    })
  })

  describe('finds that somebody has it', () => {
    it('tells that a username is taken and gives the code back as it was', async () => {
      const { username } = await registerAccount(backing, app)
      const form = registrationOf({ username })
      form.sms_code = await getCode(backing, app, form.mobile)
      await register({ ...form, sms_code: wrongCode(form.sms_code) })
      const key = `sms_${form.mobile}`
      const before = await backing.inspector.hgetall(key)
      const expiry = await backing.inspector.pexpiretime(key)

      expectError(await register(form), 400, 'USERNAME_TAKEN', '用户名已存在')
      expect(await backing.inspector.hgetall(key))
        .to.deep.equal(before)
        .and.include({ tries: '1' })
      expect(await backing.inspector.pexpiretime(key)).to.equal(expiry)
      expectOk(await register({ ...form, username: newUsername() }))
    })

    it('tells that a mobile is taken', async () => {
      const { mobile } = await registerAccount(backing, app)
      const code = await getCode(backing, app, mobile)
      const form = registrationOf({ mobile, sms_code: code })
      expectError(await register(form), 400, 'MOBILE_TAKEN', '手机号已存在')
      expect(await backing.inspector.exists(`sms_${mobile}`)).to.equal(1)
    })

    it('tells the username where both are taken', async () => {
      const { username, mobile } = await registerAccount(backing, app)
      const code = await getCode(backing, app, mobile)
      const form = registrationOf({ username, mobile, sms_code: code })
      expectError(await register(form), 400, 'USERNAME_TAKEN', '用户名已存在')
    })

    it('lets one of two registrations with one name through, and the other keeps its code', async () => {
      const username = newUsername()
      const forms = await Promise.all(
        [newMobile(), newMobile()].map(async (mobile) =>
          registrationOf({ username, mobile, sms_code: await getCode(backing, app, mobile) }),
        ),
      )
      const answers = await Promise.all(forms.map((form) => createBrowser(app.url).post('/register', form)))
      const loser = answers.findIndex(({ status }) => status === 400)
      const [answer, form] = [answers[loser], forms[loser]]
      if (answer === undefined || form === undefined) throw new Error('expected one of the two to be refused')
      expectError(answer, 400, 'USERNAME_TAKEN', '用户名已存在')
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1)
      expectOk(await register({ ...form, username: newUsername() }))
    })
  })
})
