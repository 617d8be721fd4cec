import { expect } from 'chai'
import type { FieldName, FormValues, Problem } from '../../../../src/web/forms/checks.ts'
import { checkField, maskMobile, TEXT_FIELDS, tidy } from '../../../../src/web/forms/checks.ts'

const GOOD: FormValues = {
  user_name: 'python_01',
  account: 'python_01',
  old_pwd: 'x',
  pwd: 'password_1',
  cpwd: 'password_1',
  phone: '13800138000',
  pic_code: 'aB3d',
  msg_code: '012345',
  allow: true,
}

describe("the forms' checks", () => {
  it('pass a good form', () => {
    for (const field of [...TEXT_FIELDS, 'allow' as const]) {
      expect(checkField(field, GOOD, 'compat'), field).to.equal(undefined)
    }
  })

  const faults: [FieldName, string | boolean, Problem][] = [
    ['user_name', '', 'usernameMissing'],
    ['user_name', 'abcd', 'usernameFormat'],
    ['user_name', 'a'.repeat(21), 'usernameFormat'],
    ['user_name', 'with space', 'usernameFormat'],
    ['user_name', 'with-dash', 'usernameFormat'],
    ['user_name', 'newline\n', 'usernameFormat'],
    ['user_name', '13800138000', 'usernameIsMobile'],
    ['account', '', 'accountMissing'],
    ['old_pwd', '', 'passwordMissing'],
    ['pwd', '', 'passwordMissing'],
    ['pwd', 'seven_7', 'passwordFormat'],
    ['pwd', 'a'.repeat(21), 'passwordFormat'],
    ['pwd', 'password!', 'passwordFormat'],
    ['cpwd', '', 'repeatMissing'],
    ['cpwd', 'password_2', 'repeatDiffers'],
    ['phone', '', 'mobileMissing'],
    ['phone', '12800138000', 'mobileFormat'],
    ['phone', '1380013800', 'mobileFormat'],
    ['phone', '138001380000', 'mobileFormat'],
    ['phone', '138٠٠١٣٨٠٠٠', 'mobileFormat'],
    ['pic_code', '', 'captchaMissing'],
    ['pic_code', '图形验证', 'captchaFormat'],
    ['pic_code', 'abc', 'captchaFormat'],
    ['pic_code', 'abcde', 'captchaFormat'],
    ['msg_code', '', 'smsCodeMissing'],
    ['msg_code', '12345', 'smsCodeFormat'],
    ['msg_code', '12345a', 'smsCodeFormat'],
    ['allow', false, 'agreementMissing'],
  ]
  for (const [field, value, problem] of faults) {
    it(`find ${problem} in ${field} ${JSON.stringify(value)}`, () => {
      expect(checkField(field, { ...GOOD, [field]: value }, 'compat')).to.equal(problem)
    })
  }

  it('take letters and digits of any script, and count characters rather than UTF-16 units', () => {
    const names = [
      '美多商城用户',
      'Ünïcödé',
      'пользователь',
      '𠮷𠮷𠮷𠮷𠮷',
      '𠮷'.repeat(20),
      'a'.repeat(5),
      'a'.repeat(20),
    ]
    for (const name of names) expect(checkField('user_name', { ...GOOD, user_name: name }), name).to.equal(undefined)
    expect(checkField('user_name', { ...GOOD, user_name: '𠮷𠮷𠮷' })).to.equal('usernameFormat')
    expect(checkField('pwd', { ...GOOD, pwd: '这是一个密码八字' }, 'compat')).to.equal(undefined)
  })

  it('take any characters for a password where the profile does, or is not known', () => {
    for (const profile of ['strict', undefined] as const) {
      const check = (pwd: string) => checkField('pwd', { ...GOOD, pwd }, profile)
      for (const pwd of ['with blank', 'pass-word', '𠮷'.repeat(8), 'a'.repeat(64)]) {
        expect(check(pwd), pwd).to.equal(undefined)
      }
      for (const pwd of ['seven 7', '𠮷'.repeat(7), 'a'.repeat(65), 'half a pair \ud800']) {
        expect(check(pwd), pwd).to.equal('passwordLength')
      }
      expect(check('')).to.equal('passwordMissing')
    }
  })

  it('tidy what keyboards and autofill add', () => {
    expect(tidy('user_name', ' ｐｙｔｈｏｎ０１ ')).to.equal('python01')
    expect(tidy('phone', '+86 138-0013-8000')).to.equal('13800138000')
    expect(tidy('phone', '0086 １３８００１３８０００')).to.equal('13800138000')
    expect(tidy('phone', '8613800138000')).to.equal('8613800138000')
    expect(tidy('pic_code', ' Ａｂ3 d')).to.equal('Ab3d')
    expect(tidy('msg_code', '１２３ 456 ')).to.equal('123456')
  })

  it('tidy a mobile where a name may stand, too, and leave names as they are', () => {
    expect(tidy('account', '+86 138-0013-8000')).to.equal('13800138000')
    expect(tidy('account', ' ｐｙｔｈｏｎ-01 ')).to.equal('python-01')
  })

  it('leave passwords as they were typed', () => {
    expect(tidy('old_pwd', ' ｐ w ')).to.equal(' ｐ w ')
    expect(tidy('pwd', ' ｐ w ')).to.equal(' ｐ w ')
    expect(tidy('cpwd', ' ｐ w ')).to.equal(' ｐ w ')
  })

  it('mask a mobile number', () => {
    expect(maskMobile('13800138000')).to.equal('138****8000')
  })
})
