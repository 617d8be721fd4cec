import { describeHidden, SmsError } from './errors.ts'
import type { SmsSettings } from './gateway.ts'

/** The longest time that setTimeout keeps; it takes a longer one for 1 ms. */
const MAX_TIMER_MS = 2_147_483_647

/**
 * Checks the settings that the gateway uses. No error shows a credential.
 *
 * @returns the address under which the account's requests go, without the signature
 * @throws SmsError SMS_SETTING_INVALID, naming the setting, what was expected and what came
 */
export function checkYuntongxunSettings(settings: SmsSettings): URL {
  const { accountSid, authToken, appId, templateId, baseUrl } = settings.yuntongxun
  checkText('yuntongxun.accountSid', accountSid, /^[\da-z]{1,64}$/i, '1 to 64 letters and digits')
  checkText('yuntongxun.authToken', authToken, /^[!-~]{1,128}$/, '1 to 128 printable characters without blanks')
  checkText('yuntongxun.appId', appId, /^[\da-z]{1,64}$/i, '1 to 64 letters and digits')
  checkText('yuntongxun.templateId', templateId, /^\d{1,20}$/, '1 to 20 digits')
  checkTime('connectTimeoutMs', settings.connectTimeoutMs)
  checkTime('timeoutMs', settings.timeoutMs)
  const url = checkBaseUrl(baseUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/2013-12-26/Accounts/${accountSid}/SMS/TemplateSMS`
  return url
}

function checkBaseUrl(text: unknown): URL {
  const name = 'yuntongxun.baseUrl'
  const expected = 'an https address (http only on a loopback host) without user, query or fragment'
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) fail(name, expected, describeHidden(text))
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    fail(name, expected, `one with more for ${url.host}`)
  }
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    fail(name, expected, `${url.protocol}//${url.host}`)
  }
  return url
}

function checkText(name: string, value: unknown, form: RegExp, expected: string): void {
  if (typeof value !== 'string' || !form.test(value)) fail(name, expected, describeHidden(value))
}

function checkTime(name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_TIMER_MS) return
  fail(name, `whole milliseconds from 1 to ${MAX_TIMER_MS}`, String(value))
}

function fail(name: string, expected: string, came: string): never {
  throw new SmsError('SMS_SETTING_INVALID', `sms.${name}: expected ${expected}, came ${came}`)
}
