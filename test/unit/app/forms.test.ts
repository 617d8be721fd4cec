import { expect } from 'chai'
import { AppError } from '../../../src/app/errors.ts'
import {
  LOGIN,
  REGISTRATION,
  SMS_CODE_REQUEST,
  USERNAME_PARAMETER,
  checkForm,
  isMobile,
  isUsername,
  type Form,
} from '../../../src/app/forms.ts'

/** The name of the error that checking an input ends with. */
function errorOf(form: Form<unknown>, input: unknown): string {
  try {
    checkForm(form, input)
  } catch (error) {
    if (error instanceof AppError) return error.error
    throw error
  }
  return 'none'
}

describe('checkForm', () => {
  it('gives the fields of the form and leaves others out', () => {
    const input = { username: 'somebody', password: 'password', remembered: true, admin: true }
    expect(checkForm(LOGIN, input)).to.deep.equal({ username: 'somebody', password: 'password', remembered: true })
  })

  it('fills in what may be left out', () => {
    const request = { mobile: '13800000000', image_code: 'AbC3', image_code_id: '1b4e28ba-2fa1-41d2-883f-0016d3cca427' }
    for (const nothing of [undefined, null, '']) {
      expect(checkForm(SMS_CODE_REQUEST, { ...request, purpose: nothing }).purpose).to.equal('register')
      expect(checkForm(LOGIN, { username: 'a', password: 'b', remembered: nothing }).remembered).to.equal(false)
    }
  })

  it('brings names to NFKC, and nothing else', () => {
    const { username, password } = checkForm(LOGIN, { username: 'Ａｄａ①', password: 'Ａｄａ①' })
    expect({ username, password }).to.deep.equal({ username: 'Ada1', password: 'Ａｄａ①' })
  })

  it('tells a missing field before a malformed one, wherever they stand', () => {
    expect(errorOf(REGISTRATION, { username: '?', allow: false })).to.equal('MISSING_PARAMETER')
    expect(errorOf(SMS_CODE_REQUEST, { mobile: '?', image_code_id: '?' })).to.equal('MISSING_PARAMETER')
  })

  it('uses the text of the form for what is missing', () => {
    for (const [form, text] of [
      [REGISTRATION, '缺少参数'],
      [LOGIN, '参数缺失！'],
      [SMS_CODE_REQUEST, '缺少必传参数'],
    ] as const) {
      expect(() => checkForm<unknown>(form, {}))
        .to.throw(AppError)
        .with.nested.property('wording.zh', text)
    }
  })

  it('does not hide a fault of the program', () => {
    expect(() => checkForm(LOGIN, 'text')).to.throw('must be of type object')
  })
})

describe('usernames', () => {
  const good = [
    'abcde',
    'a_b_c',
    '_____',
    '12345',
    '青椒青椒青',
    'àéîõü',
    'Ⅷ①²½𝟘',
    '٣٤٥٦٧',
    'กขคงจ',
    '\u{20000}'.repeat(20),
    'a'.repeat(20),
  ]
  for (const name of good) {
    it(`may be ${name}`, () => expect(isUsername(name)).to.equal(true))
  }

  const bad = [
    'abcd',
    'a'.repeat(21),
    'ab cd',
    'abcde\n',
    '\nabcde',
    'ab-cd',
    'ab.cd',
    'abcd\u0301',
    'abcd\u200d',
    'abcd😀',
    'abcd\0',
    'abcd\ud800',
    '13800000000',
  ]
  for (const name of bad) {
    it(`may not be ${JSON.stringify(name)}`, () => expect(isUsername(name)).to.equal(false))
  }

  it('are counted after NFKC, which may make one character several', () => {
    expect(errorOf(USERNAME_PARAMETER, { username: 'abcdﬁ' })).to.equal('none')
    expect(errorOf(USERNAME_PARAMETER, { username: 'ﷺ'.repeat(5) })).to.equal('USERNAME_FORMAT')
  })
})

describe('mobiles', () => {
  it('are eleven ASCII digits from 13 on', () => {
    for (const mobile of ['13000000000', '19999999999']) expect(isMobile(mobile)).to.equal(true)
    for (const mobile of [
      '12000000000',
      '1380000000',
      '138000000000',
      '+8613800000000',
      '1380000000٣',
      '13800000000\n',
    ]) {
      expect(isMobile(mobile)).to.equal(false)
    }
  })
})
