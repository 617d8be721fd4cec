import { expect } from 'chai'
import {
  expectError,
  getCode,
  newMobile,
  registerAccount,
  registrationOf,
  wrongCode,
  type RegistrationForm,
} from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('POST /register checks its form', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve()
  })
  after(() => backing.close())

  const register = (form: object) => app.browser.post('/register', form)
  const tooLong = '\u{20000}'.repeat(19)
  const cases: [what: string, change: object, error: string, errmsg: string][] = [
    ['a username too short', { username: 'four' }, 'USERNAME_FORMAT', '用户名格式有误'],
    ['a username too long', { username: 'a'.repeat(21) }, 'USERNAME_FORMAT', '用户名格式有误'],
    ['a username with a hyphen', { username: 'some-name' }, 'USERNAME_FORMAT', '用户名格式有误'],
    ['a username with a newline at its end', { username: 'some_name\n' }, 'USERNAME_FORMAT', '用户名格式有误'],
    ['a username with a combining mark', { username: 'q\u0307q\u0307q\u0307' }, 'USERNAME_FORMAT', '用户名格式有误'],
    ["a username of a mobile's form", { username: '13800000000' }, 'USERNAME_FORMAT', '用户名格式有误'],
    ['one in full-width digits', { username: '１３８００００００００' }, 'USERNAME_FORMAT', '用户名格式有误'],
    ['a username that is a number', { username: 1234567 }, 'USERNAME_FORMAT', '用户名格式有误'],
    ['a password too short', { password: 'seven77', password2: 'seven77' }, 'PASSWORD_FORMAT', '密码格式有误'],
    ['a password with a blank', { password: 'pass word', password2: 'pass word' }, 'PASSWORD_FORMAT', '密码格式有误'],
    ['a password that is a list', { password: ['password'] }, 'PASSWORD_FORMAT', '密码格式有误'],
    ['a password over 72 bytes', { password: tooLong }, 'PASSWORD_TOO_LONG', '密码过长，最多72字节'],
    ['another second password', { password2: 'other_password' }, 'PASSWORD_MISMATCH', '密码输入不一致！'],
    ['a second password that is no text', { password2: true }, 'PASSWORD_MISMATCH', '密码输入不一致！'],
    ['a malformed mobile', { mobile: '12800000000' }, 'MOBILE_FORMAT', '手机号格式有误'],
    ['a mobile with a newline at its end', { mobile: '13800000000\n' }, 'MOBILE_FORMAT', '手机号格式有误'],
    ['a mobile that is a number', { mobile: 13800000000 }, 'MOBILE_FORMAT', '手机号格式有误'],
    ['a code of five digits', { sms_code: '12345' }, 'SMS_CODE_FORMAT', '验证码格式有误'],
    ['a code that is a number', { sms_code: 123456 }, 'SMS_CODE_FORMAT', '验证码格式有误'],
    ['allow false', { allow: false }, 'AGREEMENT_REQUIRED', '请求统一用户协议！'],
    ['allow absent', { allow: undefined }, 'AGREEMENT_REQUIRED', '请求统一用户协议！'],
    ['allow null', { allow: null }, 'AGREEMENT_REQUIRED', '请求统一用户协议！'],
    ['allow as text', { allow: 'true' }, 'AGREEMENT_REQUIRED', '请求统一用户协议！'],
  ]
  for (const [what, change, error, errmsg] of cases) {
    it(`refuses ${what}`, async () => {
      expectError(await register({ ...registrationOf(), ...change }), 400, error, errmsg)
    })
  }

  for (const field of ['username', 'password', 'password2', 'mobile', 'sms_code'] as const) {
    for (const [what, value] of [
      ['absent', undefined],
      ['null', null],
      ['empty', ''],
    ]) {
      it(`refuses ${field} ${what}`, async () => {
        // The agreement is missing as well, and a format is wrong: this comes first.
        const wrong = field === 'username' ? { password: '?' } : { username: '?' }
        const form = { ...registrationOf(), ...wrong, [field]: value, allow: false }
        expectError(await register(form), 400, 'MISSING_PARAMETER', '缺少参数')
      })
    }
  }

  it('tells the first fault in the documented order', async () => {
    const mobile = newMobile()
    const { username: takenName } = await registerAccount(backing, app)
    const code = await getCode(backing, app, mobile)
    const good: RegistrationForm = registrationOf({ username: takenName, mobile, sms_code: code })
    const faults: [Partial<RegistrationForm>, string][] = [
      [{ username: '' }, 'MISSING_PARAMETER'],
      [{ username: '?' }, 'USERNAME_FORMAT'],
      [{ password: '?' }, 'PASSWORD_FORMAT'],
      [{ password2: '?' }, 'PASSWORD_MISMATCH'],
      [{ mobile: '1' }, 'MOBILE_FORMAT'],
      [{ sms_code: '?' }, 'SMS_CODE_FORMAT'],
      [{ allow: false }, 'AGREEMENT_REQUIRED'],
      [{ mobile: newMobile() }, 'SMS_CODE_EXPIRED'],
      [{ sms_code: wrongCode(code) }, 'SMS_CODE_WRONG'],
      [{}, 'USERNAME_TAKEN'],
    ]
    for (const [at, [, error]] of faults.entries()) {
      // All faults from here on; an earlier one's value wins where two are about one field.
      const form = Object.assign(
        {},
        good,
        ...faults
          .slice(at)
          .map(([fault]) => fault)
          .toReversed(),
      )
      expect((await register(form)).json()['error']).to.equal(error)
    }
  })
})
