import { expect } from 'chai'
import { publicIdOf } from '../../../src/app/sessions/session-records.ts'
import { expectOk, newMobile, newUsername, registrationOf, wrongCode } from './app-fixtures.ts'
import { noLoginDelays } from './app-harness.ts'
import { masked, type AuditLab, type Told } from './audit-lab.ts'

/** Accounts, logins and sessions. */
export function describeAccounts(lab: AuditLab): void {
  const { newPassword, serve, written, expectTold, browserOf, account, of, logIn, put, codeFor, secrets } = lab

  describe('tells of accounts:', () => {
    it('one is registered', async () => {
      const form = registrationOf()
      form.sms_code = await codeFor(form.mobile, 'register')
      const told = { event: 'user_created', account: form.username, route: 'POST /register' } as const
      const [entry, ...others] = await written(async () => expectOk(await browserOf().post('/register', form)))
      expect(others).to.deep.equal([])
      expect(entry).to.include({ ...told, mobile: masked(form.mobile), reason: null, level: 'warn' })
      expect(entry?.userId).to.equal((await lab.backing.users.findByUsername(form.username))?.id)
    })

    it('one is not, as its name or its mobile is taken, or the code is wrong', async () => {
      const { username, mobile } = await account()
      const form = registrationOf({ username })
      form.sms_code = await codeFor(form.mobile, 'register')
      const route = 'POST /register'
      const refused = (reason: string, of: string): Told => ({
        event: 'input_validation_fail',
        reason,
        route,
        mobile: masked(of),
      })
      const post = (change: object) => browserOf().post('/register', { ...form, ...change })
      await expectTold(() => post({}), refused('USERNAME_TAKEN', form.mobile))
      const code = await codeFor(mobile, 'register')
      const taken = { username: newUsername(), mobile, sms_code: code }
      await expectTold(() => post(taken), refused('MOBILE_TAKEN', mobile))
      await expectTold(() => post({ sms_code: wrongCode(form.sms_code) }), refused('SMS_CODE_WRONG', form.mobile))
      const other = newMobile()
      await expectTold(() => post({ mobile: other }), refused('SMS_CODE_EXPIRED', other))
      await expectTold(() => post({ mobile: '1' }), {
        event: 'input_validation_fail',
        reason: 'MOBILE_FORMAT',
        route,
      })
    })

    it('one changes its password, or does not', async () => {
      const user = await account()
      const route = 'PUT /password'
      const wrong = { event: 'authn_password_change_fail', route, ...of(user) } as const
      const change = { old_password: user.password, ...newPassword('another_one') }
      await expectTold(() => put(user, '/password', { ...change, old_password: 'a_wrong_password' }), {
        ...wrong,
        reason: 'PASSWORD_WRONG',
      })
      await expectTold(() => put(user, '/password', { ...change, password2: 'a_third_one' }), {
        ...wrong,
        reason: 'PASSWORD_MISMATCH',
      })
      await expectTold(() => put(user, '/password', change), {
        event: 'authn_password_change',
        reason: 'changed',
        route,
        ...of(user),
      })
    })

    it('one resets its password, or somebody does not', async () => {
      const user = await account()
      const route = 'POST /password/reset'
      const sms_code = await codeFor(user.mobile, 'reset')
      const reset = (change: object) =>
        browserOf().post('/password/reset', {
          mobile: user.mobile,
          sms_code,
          ...newPassword('another_one'),
          ...change,
        })
      const failed = { event: 'authn_password_change_fail', route } as const
      await expectTold(() => reset({ sms_code: wrongCode(sms_code) }), {
        ...failed,
        reason: 'SMS_CODE_WRONG',
        mobile: masked(user.mobile),
      })
      const nobody = newMobile()
      await expectTold(() => reset({ mobile: nobody }), {
        ...failed,
        reason: 'SMS_CODE_EXPIRED',
        mobile: masked(nobody),
      })
      await expectTold(() => reset({}), { event: 'authn_password_change', reason: 'reset', route, ...of(user) })
    })

    it('one that is disabled resets nothing', async () => {
      const user = await account()
      const sms_code = await codeFor(user.mobile, 'reset')
      await lab.backing.users.setDisabled(user.id, true)
      const form = { mobile: user.mobile, sms_code, ...newPassword('another_one') }
      await expectTold(() => browserOf().post('/password/reset', form), {
        event: 'authn_password_change_fail',
        reason: 'SMS_CODE_EXPIRED',
        ...of(user),
      })
    })

    it('one changes its mobile, or does not', async () => {
      const user = await account()
      const next = newMobile()
      const sms_code = await codeFor(next, 'mobile', user.browser)
      const told = { route: 'PUT /mobile', ...of(user), mobile: masked(next) }
      const change = { mobile: next, sms_code, password: user.password }
      await expectTold(() => put(user, '/mobile', { ...change, password: 'a_wrong_password' }), {
        event: 'authn_login_fail',
        reason: 'PASSWORD_WRONG',
        ...told,
      })
      await expectTold(() => put(user, '/mobile', { ...change, sms_code: wrongCode(sms_code) }), {
        event: 'input_validation_fail',
        reason: 'SMS_CODE_WRONG',
        ...told,
      })
      const reason = `mobile, was ${masked(user.mobile)}`
      await expectTold(() => put(user, '/mobile', change), { event: 'user_updated', reason, ...told })
    })
  })

  describe('tells of logins:', () => {
    const route = 'POST /login'

    it('right ones, by name and by mobile', async () => {
      const user = await account()
      for (const name of [user.username, user.mobile]) {
        await expectTold(() => logIn(name, user.password), { event: 'authn_login_success', route, ...of(user) })
      }
    })

    it('wrong ones, without what was typed where it is no account', async () => {
      const user = await account()
      const wrong = { event: 'authn_login_fail', reason: 'LOGIN_WRONG', route } as const
      await expectTold(() => logIn(user.username, 'a_wrong_password'), { ...wrong, ...of(user) })
      secrets.add('typed_into_the_wrong_field')
      await expectTold(() => logIn('typed_into_the_wrong_field', 'a_wrong_password'), wrong)
      const nobody = newMobile()
      await expectTold(() => logIn(nobody, 'a_wrong_password'), { ...wrong, mobile: masked(nobody) })
      await expectTold(() => logIn('', ''), {
        event: 'input_validation_fail',
        reason: 'MISSING_PARAMETER',
        route,
      })
    })

    it('those of a disabled account, and what its sessions ask for', async () => {
      const user = await account()
      await lab.backing.users.setDisabled(user.id, true)
      await expectTold(() => logIn(user.username, user.password), {
        event: 'authn_login_fail',
        reason: 'LOGIN_WRONG: disabled',
        ...of(user),
      })
      await expectTold(() => put(user, '/password', {}), {
        event: 'authz_fail',
        reason: 'LOGIN_REQUIRED',
        ...of(user),
      })
    })

    it('those that come too early, and too many of an address', async () => {
      const loginDelays = { ...noLoginDelays, freeTries: 1, firstSeconds: 100 }
      const slow = await serve({ accounts: { loginDelays } })
      const user = await account(slow)
      await logIn(user.username, 'a_wrong_password', slow)
      await expectTold(() => logIn(user.username, user.password, slow), {
        event: 'authn_login_fail_max',
        reason: 'TOO_MANY_REQUESTS: loginDelays',
        route,
        ...of(user),
      })
      const strict = await serve({ budgets: { loginsPerAddressMinute: 1 } })
      await logIn(user.username, user.password, strict)
      await expectTold(() => logIn(user.username, user.password, strict), {
        event: 'excess_rate_limit_exceeded',
        reason: 'TOO_MANY_REQUESTS: logins',
        route,
      })
    })
  })

  describe('tells of sessions:', () => {
    it('one is ended by logging out, and none by who has none', async () => {
      const { browser, id } = await account()
      for (const [method, told] of [
        ['DELETE', [{ event: 'session_expired', reason: 'logout', userId: id }]],
        ['POST', []],
      ] as const) {
        await expectTold(() => browser.request(method, '/logout'), ...told)
      }
    })

    it('one, or all others, are ended by the account', async () => {
      const user = await account()
      const other = browserOf()
      expectOk(await other.post('/login', { username: user.username, password: user.password }))
      const id = publicIdOf(other.cookies.get('sessionid')?.value ?? '')
      secrets.add(id)
      const end = () => user.browser.delete(`/sessions/${id}`)
      const told = { route: 'DELETE /sessions/:id', ...of(user) }
      await expectTold(end, { event: 'session_expired', reason: 'one', ...told })
      await expectTold(end, { event: 'authz_fail', reason: 'SESSION_UNKNOWN', ...told })
      await expectTold(() => user.browser.delete('/sessions'), {
        event: 'session_expired',
        reason: 'all others',
        route: 'DELETE /sessions',
        ...of(user),
      })
    })

    it('something is asked for without one; but not that pages ask who is there', async () => {
      await expectTold(() => browserOf().delete('/sessions'), {
        event: 'authz_fail',
        reason: 'LOGIN_REQUIRED',
        route: 'DELETE /sessions',
      })
      await expectTold(() => browserOf().get('/info'))
    })
  })
}
