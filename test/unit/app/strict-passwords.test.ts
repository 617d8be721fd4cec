import { expect } from 'chai'
import { AppError } from '../../../src/app/errors.ts'
import { PASSWORD_RESET, REGISTRATION, checkForm, withPasswordRules } from '../../../src/app/forms.ts'
import { loadPasswordRules, type PasswordRules } from '../../../src/app/password-rules.ts'

describe('a form whose new password is strict', () => {
  let rules: PasswordRules

  before(async () => {
    rules = await loadPasswordRules({ profile: 'strict', publicUrl: null })
  })

  const good = {
    username: 'somebody',
    password: 'correct horse',
    password2: 'correct horse',
    mobile: '13800000000',
    sms_code: '123456',
    allow: true,
  }

  function check(change: object): { error: string; en?: string; zh?: string; password?: string } {
    try {
      const { password } = checkForm(withPasswordRules(REGISTRATION, rules), { ...good, ...change })
      return { error: 'none', password }
    } catch (error) {
      if (error instanceof AppError) return { error: error.error, ...error.wording }
      throw error
    }
  }

  const both = (password: unknown) => check({ password, password2: password })

  it('takes 8 to 64 characters of any kind', () => {
    const few = [
      'a b\tc\nd ',
      "' OR 1=1",
      'q\u0307w\u0307e\u0307r\u0307tzx',
      '😀😁😂😃😄😅😆🙂',
      'x'.repeat(63) + 'y',
      ' padded with blanks ',
    ]
    for (const password of few) expect(both(password).error, password).to.equal('none')
    expect(both(' padded with blanks ').password).to.equal(' padded with blanks ')
  })

  it('tells what is too short, too long or no text by the text of the profile', () => {
    for (const password of [
      'seven 7',
      `${'x'.repeat(64)}y`,
      'half a pair \ud800',
      12345678,
      ['password'],
      '😀'.repeat(7),
    ]) {
      expect(both(password)).to.include({ error: 'PASSWORD_FORMAT', zh: '密码格式有误' })
      expect(both(password).en).to.equal('The password must be 8 to 64 characters.')
    }
    expect(both('').error).to.equal('MISSING_PARAMETER')
  })

  it('tells what is too long for bcrypt by its name, and takes 72 bytes', () => {
    const almost = '青椒一号'.repeat(5) + '红豆生南'
    expect(Buffer.byteLength(almost)).to.equal(72)
    expect(both(`${almost}x`).error).to.equal('PASSWORD_TOO_LONG')
    expect(both(almost).error).to.equal('none')
  })

  it('brings it to NFKC, the second one too, and counts after that', () => {
    expect(both('ｃｏｒｒｅｃｔ ｈｏｒｓｅ').password).to.equal('correct horse')
    expect(check({ password: 'cafe\u0301 au lait', password2: 'café au lait' }).password).to.equal('café au lait')
    expect(both('ﷺ').error, 'eighteen characters').to.equal('none')
    expect(both('e\u0301'.repeat(7)).error, 'seven characters').to.equal('PASSWORD_FORMAT')
  })

  it('refuses what is easily guessed, also by the other fields', () => {
    const tooCommon = { error: 'PASSWORD_TOO_COMMON', zh: '密码过于常见，请换一个' }
    for (const password of ['password', 'PASSWORD', 'ｐａｓｓｗｏｒｄ', 'somebody', 'Somebody12', '13800000000']) {
      expect(both(password), password).to.include(tooCommon)
    }
    expect(check({ username: 'ｓｏｍｅｂｏｄｙ', password: 'somebody1', password2: 'somebody1' })).to.include(tooCommon)
    expect(check({ username: 'someone', password: 'somebody1x', password2: 'somebody1x' }).error).to.equal('none')
  })

  it('keeps the order of the checks', () => {
    const faults: [object, string][] = [
      [{ username: '?' }, 'USERNAME_FORMAT'],
      [{ password: 'password' }, 'PASSWORD_TOO_COMMON'],
      [{ password2: 'other words' }, 'PASSWORD_MISMATCH'],
      [{ mobile: '1' }, 'MOBILE_FORMAT'],
      [{ sms_code: '?' }, 'SMS_CODE_FORMAT'],
      [{ allow: false }, 'AGREEMENT_REQUIRED'],
      [{}, 'none'],
    ]
    for (const [at, [, error]] of faults.entries()) {
      const changes = faults.slice(at).map(([change]) => change)
      expect(check(Object.assign({}, ...changes.toReversed())).error).to.equal(error)
    }
  })

  it('is the form itself with compat', async () => {
    const compat = await loadPasswordRules({ profile: 'compat', publicUrl: null })
    expect(withPasswordRules(PASSWORD_RESET, compat)).to.equal(PASSWORD_RESET)
  })
})
