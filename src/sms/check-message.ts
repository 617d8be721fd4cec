import { describeHidden, SmsError } from './errors.ts'
import type { SmsMessage } from './gateway.ts'

/**
 * Checks a message before a gateway touches it: its parts come from the queue, where anyone may have put them, and go
 * into a request and onto a terminal.
 *
 * @throws SmsError SMS_MESSAGE_INVALID, saying what was expected, without showing what came
 */
export function checkMessage(message: SmsMessage): void {
  const { mobile, code, validMinutes, requestId } = message
  check('mobile', mobile, '5 to 20 digits, with or without a +', isText(mobile, /^\+?\d{5,20}$/))
  check('code', code, '1 to 20 printable characters without blanks', isText(code, /^[!-~]{1,20}$/))
  check('requestId', requestId, '1 to 255 characters', isText(requestId, /^[^]{1,255}$/))
  const minutes = Number.isInteger(validMinutes) && validMinutes >= 1 && validMinutes <= 1440
  check('validMinutes', validMinutes, 'a whole number from 1 to 1440', minutes)
}

function isText(value: unknown, form: RegExp): boolean {
  return typeof value === 'string' && form.test(value)
}

function check(field: keyof SmsMessage, value: unknown, expected: string, good: boolean): void {
  if (good) return
  const came = field === 'validMinutes' && typeof value === 'number' ? String(value) : describeHidden(value)
  throw new SmsError('SMS_MESSAGE_INVALID', `message.${field}: expected ${expected}, came ${came}`)
}
