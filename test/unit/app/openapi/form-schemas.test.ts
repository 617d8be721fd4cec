import { expect } from 'chai'
import { AppError } from '../../../../src/app/errors.ts'
import {
  LOGIN,
  MOBILE_CHANGE,
  PASSWORD_CHANGE,
  PASSWORD_RESET,
  REGISTRATION,
  SMS_CODE_REQUEST,
  USERNAME_PARAMETER,
  checkForm,
  type Form,
} from '../../../../src/app/forms.ts'
import { objectSchemaOf } from '../../../../src/app/openapi/joi-to-json-schema.ts'
import { createAjv } from '../../../support/openapi-ajv.ts'

const VALUES: unknown[] = [
  ['', null, undefined, true, false, 0, 1, 12_345_678, {}, [[]], [['x']]],
  [
    'a',
    'abcde',
    'abcd\n',
    'abcd\0',
    'ＡＢＣＤＥ＿',
    'abcdﬁ',
    'ﷺ'.repeat(5),
    '青椒一号_1',
    '\u{20000}'.repeat(20),
    'abcd\ud800',
  ],
  [
    'a'.repeat(20),
    'a'.repeat(21),
    '青'.repeat(20),
    '\u{20000}'.repeat(19),
    'secret_password',
    'x'.repeat(72),
    'x'.repeat(73),
  ],
  [
    '13800000000',
    '１３８０００００００0',
    '12800000000',
    '138000000000',
    '123456',
    '12345',
    '１２３４５６',
    'AbC3',
    'ab!d',
  ],
  [
    '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
    '1B4E28BA-2FA1-41D2-883F-0016D3CCA427',
    '1b4e28ba-2fa1-11d2-883f-0016d3cca427',
  ],
  ['register', 'REGISTER', 'reset', 'true'],
].flat()

describe('the JSON Schema of a form', () => {
  const forms: [name: string, form: Form<unknown>, good: Record<string, unknown>][] = [
    ['USERNAME_PARAMETER', USERNAME_PARAMETER, { username: 'somebody' }],
    ['LOGIN', LOGIN, { username: 'somebody', password: 'secret_password' }],
    [
      'SMS_CODE_REQUEST',
      SMS_CODE_REQUEST,
      { mobile: '13800000000', image_code: 'AbC3', image_code_id: '1b4e28ba-2fa1-41d2-883f-0016d3cca427' },
    ],
    [
      'SMS_CODE_REQUEST with a proof',
      SMS_CODE_REQUEST,
      { mobile: '13800000000', captcha_proof: 'a proof', image_code: 'AbC3', image_code_id: 'whatever' },
    ],
    [
      'PASSWORD_RESET',
      PASSWORD_RESET,
      { mobile: '13800000000', sms_code: '123456', password: 'secret_password', password2: 'secret_password' },
    ],
    [
      'PASSWORD_CHANGE',
      PASSWORD_CHANGE,
      { old_password: 'old', password: 'secret_password', password2: 'secret_password' },
    ],
    ['MOBILE_CHANGE', MOBILE_CHANGE, { mobile: '13800000000', sms_code: '123456', password: 'secret_password' }],
    [
      'REGISTRATION',
      REGISTRATION,
      {
        username: 'somebody',
        password: 'secret_password',
        password2: 'secret_password',
        mobile: '13800000000',
        sms_code: '123456',
        allow: true,
      },
    ],
  ]
  for (const [name, form, good] of forms) {
    it(`takes what ${name} takes, and nothing else`, () => {
      const schema = objectSchemaOf(form.schema)
      const validate = createAjv().compile(schema)
      const inputs: Record<string, unknown>[] = [good, {}, { ...good, other: 1 }]
      for (const field of Object.keys(schema.properties)) {
        for (const value of VALUES) inputs.push({ ...good, [field]: value })
        const { [field]: _left, ...others } = good
        inputs.push(others)
      }
      for (const password of VALUES) if ('password2' in good) inputs.push({ ...good, password, password2: password })
      const taken = inputs.filter((input) => {
        // As it comes from the network: without fields that are undefined.
        const received: unknown = JSON.parse(JSON.stringify(input))
        const accepted = accepts(form, received)
        expect(validate(received), `${JSON.stringify(received)}: checkForm says ${accepted}`).to.equal(accepted)
        return accepted
      })
      expect(taken.length).to.be.within(2, inputs.length - 10)
    })
  }
})

function accepts(form: Form<unknown>, input: unknown): boolean {
  try {
    checkForm(form, input)
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}
