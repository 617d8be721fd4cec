import { expect } from 'chai'
import { checkMessage } from '../../../src/sms/check-message.ts'
import { SmsError } from '../../../src/sms/errors.ts'
import type { SmsMessage } from '../../../src/sms/gateway.ts'

const good: SmsMessage = {
  mobile: '13800000000',
  code: '123456',
  validMinutes: 5,
  requestId: 'd7a3a0c2-50f7-4a35-9c5c-0d2c4b8f3f11',
}

/** The queue may bring anything: the types are of no help there. */
function withField(field: keyof SmsMessage, value: unknown): SmsMessage {
  return { ...good, [field]: value }
}

describe('checkMessage', () => {
  it('takes a good message', () => {
    checkMessage(good)
    checkMessage(withField('mobile', '+8613800000000'))
    checkMessage(withField('requestId', 'a name of its own'))
  })

  const bad: [keyof SmsMessage, unknown, string][] = [
    ['mobile', '138', 'message.mobile: expected 5 to 20 digits, with or without a +, came a text of length 3'],
    ['mobile', '1380000000a', 'came a text of length 11'],
    ['mobile', '13800000000\n', 'came a text of length 12'],
    ['mobile', 13800000000, 'came a value of type number'],
    ['mobile', undefined, 'came nothing'],
    ['code', '', 'message.code: expected 1 to 20 printable characters without blanks, came nothing'],
    ['code', '123 456', 'came a text of length 7'],
    ['code', '123\u001b[2J', 'came a text of length 7'],
    ['code', 123456, 'came a value of type number'],
    ['requestId', '', 'message.requestId: expected 1 to 255 characters, came nothing'],
    ['requestId', 'a'.repeat(256), 'came a text of length 256'],
    ['requestId', {}, 'came a value of type object'],
    ['validMinutes', 0, 'message.validMinutes: expected a whole number from 1 to 1440, came 0'],
    ['validMinutes', 1.5, 'came 1.5'],
    ['validMinutes', 1441, 'came 1441'],
    ['validMinutes', Number.NaN, 'came NaN'],
    ['validMinutes', '5', 'came a text of length 1'],
  ]
  for (const [field, value, text] of bad) {
    it(`refuses ${field} ${JSON.stringify(value)?.slice(0, 30)}, without showing it`, () => {
      expect(() => checkMessage(withField(field, value)))
        .to.throw(SmsError, text)
        .with.property('code', 'SMS_MESSAGE_INVALID')
      for (const secret of ['13800000000', '123456', '1380000000a']) {
        expect(() => checkMessage(withField(field, value))).not.to.throw(secret)
      }
    })
  }
})
