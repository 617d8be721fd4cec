import { expect } from 'chai'
import { AccountAdmin } from '../../../src/app/account-admin.ts'
import { findAccount } from '../../../src/app/find-account.ts'
import type { User } from '../../../src/app/users.ts'
import { createBrowser, type Browser } from '../../support/cookie-jar.ts'
import { hostileTexts } from '../../support/hostile-texts.ts'
import {
  askForCode,
  expectError,
  expectOk,
  getCode,
  newMobile,
  registerAccount,
  wrongCode,
  type RegistrationForm,
} from './app-fixtures.ts'
import { createBacking, noLoginDelays, type Backing, type RunningApp } from './app-harness.ts'

/**
 * What becomes of accounts, over HTTP, on every database.
 *
 * @param databaseUrl gives the address of a database; default: a new SQLite file
 */
export function describeAccounts(databaseName: string, databaseUrl?: () => string): void {
  describe(`accounts on ${databaseName}`, () => {
    let backing: Backing
    let app: RunningApp

    before(async () => {
      backing = await createBacking(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl() })
      app = await backing.serve({ codes: { resendSeconds: null }, accounts: { loginDelays: noLoginDelays } })
    })
    after(() => backing.close())

    const newBrowser = (): Browser => createBrowser(app.url)
    const newPassword = (password: string) => ({ password, password2: password })

    /** An account, and a browser that is logged in to it. */
    async function account(): Promise<RegistrationForm & { browser: Browser }> {
      const browser = newBrowser()
      return { ...(await registerAccount(backing, { ...app, browser })), browser }
    }

    async function logIn(username: string, password: string): Promise<Browser> {
      const browser = newBrowser()
      expectOk(await browser.post('/login', { username, password }))
      return browser
    }

    async function expectNoLogin(username: string, password: string): Promise<void> {
      const answer = await newBrowser().post('/login', { username, password })
      expectError(answer, 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
    }

    async function expectLoggedIn(browser: Browser, loggedIn: boolean): Promise<void> {
      expect((await browser.get('/info')).status).to.equal(loggedIn ? 200 : 401)
    }

    async function stored(username: string): Promise<User> {
      const user = await backing.users.findByUsername(username)
      if (user === undefined) throw new Error(`expected an account ${username}`)
      return user
    }

    const resetCode = (mobile: string) => getCode(backing, { ...app, browser: newBrowser() }, mobile, 'reset')

    describe('a forgotten password', () => {
      it('is set with a code; the old one and all sessions are over, and nobody is logged in', async () => {
        const { username, password, mobile, browser } = await account()
        const other = await logIn(mobile, password)
        const asking = newBrowser()
        const form = { mobile, sms_code: await resetCode(mobile), ...newPassword('another_one') }
        const answer = await asking.post('/password/reset', form)
        expect(expectOk(answer)).to.deep.equal({ code: 0, errmsg: 'ok' })
        expect(answer.setCookies).to.deep.equal([])
        for (const each of [browser, other, asking]) await expectLoggedIn(each, false)
        await expectNoLogin(username, password)
        await logIn(username, 'another_one')
        expect((await stored(username)).passwordChangedAt?.getTime()).to.be.closeTo(Date.now(), 10_000)
        expectError(await asking.post('/password/reset', form), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
      })

      it('is set once by two at once with one code', async () => {
        const { username, mobile } = await account()
        const sms_code = await resetCode(mobile)
        const passwords = ['the_first_one', 'the_second_one']
        const answers = await Promise.all(
          passwords.map((password) =>
            newBrowser().post('/password/reset', { mobile, sms_code, ...newPassword(password) }),
          ),
        )
        expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).to.deep.equal([200, 400])
        const won = answers.findIndex(({ status }) => status === 200)
        const lost = answers[1 - won]
        if (lost === undefined) throw new Error('expected two answers')
        expectError(lost, 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
        await logIn(username, passwords[won] ?? '')
        await expectNoLogin(username, passwords[1 - won] ?? '')
      })

      it('is not set with a code of another purpose', async () => {
        const { username, password, mobile, browser } = await account()
        for (const purpose of ['register', 'mobile'] as const) {
          const sms_code = await getCode(backing, { ...app, browser }, mobile, purpose)
          const answer = await newBrowser().post('/password/reset', { mobile, sms_code, ...newPassword('another_one') })
          expectError(answer, 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
        }
        await logIn(username, password)
      })

      it('is not set after five wrong codes', async () => {
        const { mobile } = await account()
        const sms_code = await resetCode(mobile)
        const form = { mobile, sms_code: wrongCode(sms_code), ...newPassword('another_one') }
        for (let tries = 1; tries <= 5; tries++) {
          expectError(await newBrowser().post('/password/reset', form), 400, 'SMS_CODE_WRONG', '短信验证码有误！')
        }
        const late = await newBrowser().post('/password/reset', { ...form, sms_code })
        expectError(late, 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
      })
    })

    describe('another password', () => {
      it('takes the present one; other sessions end, and this one goes on under a fresh id', async () => {
        const { username, password, browser } = await account()
        const other = await logIn(username, password)
        const before = browser.cookies.get('sessionid')?.value
        const answer = await browser.request('PUT', '/password', {
          json: { old_password: password, ...newPassword('another_one') },
        })
        expect(expectOk(answer)).to.deep.equal({ code: 0, errmsg: 'ok' })
        expect(browser.cookies.get('sessionid')?.value)
          .to.match(/^[\w-]{43}$/)
          .and.not.equal(before)
        await expectLoggedIn(browser, true)
        await expectLoggedIn(other, false)
        await expectNoLogin(username, password)
        await logIn(username, 'another_one')
      })

      it('is not set by ten at once with one present password but once', async () => {
        const { username, password, browser } = await account()
        const others = await Promise.all(Array.from({ length: 9 }, () => logIn(username, password)))
        const passwords = Array.from({ length: 10 }, (_, at) => `another_one_${at}`)
        const answers = await Promise.all(
          [browser, ...others].map((each, at) =>
            each.request('PUT', '/password', { json: { old_password: password, ...newPassword(passwords[at] ?? '') } }),
          ),
        )
        // The others found that the present password is another by now, or that their session has ended.
        expect(answers.filter(({ status }) => status === 200)).to.have.length(1)
        for (const { status } of answers) expect(status).to.be.oneOf([200, 401, 403])
        await logIn(username, passwords[answers.findIndex(({ status }) => status === 200)] ?? '')
      })
    })

    describe('another mobile', () => {
      it('takes a code sent to it, and the password', async () => {
        const { username, password, mobile, browser } = await account()
        const next = newMobile()
        const sms_code = await getCode(backing, { ...app, browser }, next, 'mobile')
        const json = { mobile: next, sms_code, password }
        expectOk(await browser.request('PUT', '/mobile', { json }))
        const info = { username, mobile: `${next.slice(0, 3)}****${next.slice(-4)}` }
        expect(expectOk(await browser.get('/info'))['info_data']).to.deep.equal(info)
        await logIn(next, password)
        await expectNoLogin(mobile, password)
        expectError(await browser.request('PUT', '/mobile', { json }), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
      })

      it('is refused where another account has it, and the code keeps its life and its tries', async () => {
        const { password, browser } = await account()
        const taken = (await account()).mobile
        const sms_code = await getCode(backing, { ...app, browser }, taken, 'mobile')
        const put = (change: object = {}) =>
          browser.request('PUT', '/mobile', { json: { mobile: taken, sms_code, password, ...change } })
        const wrong = await put({ sms_code: wrongCode(sms_code) })
        expectError(wrong, 400, 'SMS_CODE_WRONG', '短信验证码有误！')
        const key = `sms_mobile_${taken}`
        const kept = await backing.inspector.hgetall(key)
        expect(kept['tries']).to.equal('1')
        const ttl = await backing.inspector.pttl(key)
        expectError(await put(), 400, 'MOBILE_TAKEN', '手机号已存在')
        expect(await backing.inspector.hgetall(key)).to.deep.equal(kept)
        expect(await backing.inspector.pttl(key)).to.be.within(ttl - 10_000, ttl)
      })

      it('goes to one of two accounts that want it at once', async () => {
        const [one, other] = [await account(), await account()]
        const mobile = newMobile()
        const codes: string[] = []
        for (const { browser } of [one, other])
          codes.push(await getCode(backing, { ...app, browser }, mobile, 'mobile'))
        const answers = await Promise.all(
          [one, other].map(({ browser, password }, at) =>
            browser.request('PUT', '/mobile', { json: { mobile, sms_code: codes[at], password } }),
          ),
        )
        expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).to.deep.equal([200, 400])
        expect(await backing.users.countByMobile(mobile)).to.equal(1)
      })
    })

    describe('an account that is disabled', () => {
      it('is logged out, cannot log in, is answered as if there was none, and gets no message', async () => {
        const { username, password, mobile, browser } = await account()
        const sms_code = await resetCode(mobile)
        await backing.users.setDisabled((await stored(username)).id, true)
        expectError(await browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
        for (const path of ['/password', '/mobile']) {
          expectError(await browser.request('PUT', path, { json: {} }), 401, 'LOGIN_REQUIRED', '请登录后重试')
        }
        for (const name of [username, mobile]) await expectNoLogin(name, password)
        const reset = await newBrowser().post('/password/reset', { mobile, sms_code, ...newPassword('another_one') })
        expectError(reset, 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
        const count = app.sent.filter((sent) => sent.mobile === mobile).length
        expectOk(await askForCode(backing, { browser: newBrowser() }, mobile, 'reset'))
        expect(app.sent.filter((sent) => sent.mobile === mobile)).to.have.length(count)
        await backing.users.setDisabled((await stored(username)).id, false)
        await logIn(username, password)
      })

      it('loses its sessions for good, and a reset takes its password', async () => {
        const { username, password, mobile, browser } = await account()
        const sessions: number[] = []
        const admin = new AccountAdmin(backing.users, async (id) => void sessions.push(id))
        const user = await findAccount(backing.users, username)
        if (user === undefined) throw new Error('expected the account')
        expect([await admin.disable(user), await admin.disable(user)]).to.deep.equal([true, false])
        await expectLoggedIn(browser, false)
        expect([await admin.enable(user), await admin.enable(user)]).to.deep.equal([true, false])
        await admin.resetPassword(user)
        expect(sessions).to.deep.equal([user.id, user.id, user.id])
        await expectNoLogin(username, password)
        await expectNoLogin(username, '!')
        const sms_code = await resetCode(mobile)
        expectOk(await newBrowser().post('/password/reset', { mobile, sms_code, ...newPassword('another_one') }))
        await logIn(username, 'another_one')
      })

      it('is found by its name, its mobile and its number, in no other way', async () => {
        const { username, mobile } = await account()
        const { id } = await stored(username)
        for (const text of [username, mobile, `id:${id}`]) {
          expect((await findAccount(backing.users, text))?.id, text).to.equal(id)
        }
        for (const text of [String(id), `id:0${id}`, 'id:-1', 'id:99999999999', '', '\0', 'id:', ...hostileTexts]) {
          expect(await findAccount(backing.users, text), text).to.equal(undefined)
        }
      })
    })

    it('is no way into SQL', async () => {
      const { username, password, mobile, browser } = await account()
      const sms_code = await resetCode(mobile)
      for (const text of hostileTexts) {
        await expectNoLogin(text, password)
        await expectNoLogin(username, text)
        const posted = await newBrowser().post('/password/reset', {
          mobile: text,
          sms_code,
          ...newPassword('another_one'),
        })
        expectError(posted, 400, 'MOBILE_FORMAT', '手机号格式有误')
        const put = await browser.request('PUT', '/password', {
          json: { old_password: text, ...newPassword('another_one') },
        })
        expectError(put, 403, 'PASSWORD_WRONG', '当前密码有误')
      }
      await logIn(username, password)
    })
  })
}
