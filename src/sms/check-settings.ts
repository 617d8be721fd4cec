import { describeHidden, SmsError } from './errors.ts'
import type { SmsSettings } from './gateway.ts'

/** The longest time that setTimeout keeps; it takes a longer one for 1 ms. */
const MAX_TIMER_MS = 2_147_483_647

const ADDRESS = 'an https address (http only on a loopback host) without user, query or fragment'

/** @throws SmsError SMS_SETTING_INVALID, naming the setting, what was expected and what came, without showing it */
export function checkText(name: string, value: unknown, form: RegExp, expected: string): void {
  if (typeof value !== 'string' || !form.test(value)) fail(name, expected, describeHidden(value))
}

/** @throws SmsError SMS_SETTING_INVALID */
export function checkTimes({ connectTimeoutMs, timeoutMs }: SmsSettings): void {
  for (const [name, value] of Object.entries({ connectTimeoutMs, timeoutMs }) as [string, unknown][]) {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_TIMER_MS) continue
    fail(name, `whole milliseconds from 1 to ${MAX_TIMER_MS}`, String(value))
  }
}

/**
 * An address under which requests go. It may have a path, of a proxy.
 *
 * @throws SmsError SMS_SETTING_INVALID; of an address that may hold a password nothing but the host is shown
 */
export function checkAddress(name: string, text: unknown): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) fail(name, ADDRESS, describeHidden(text))
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    fail(name, ADDRESS, `one with more for ${url.host}`)
  }
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    fail(name, ADDRESS, `${url.protocol}//${url.host}`)
  }
  return url
}

/** An address with more behind its path. */
export function below(url: URL, path: string): URL {
  const longer = new URL(url)
  longer.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  return longer
}

/** @throws SmsError SMS_SETTING_INVALID */
export function fail(name: string, expected: string, came: string): never {
  throw new SmsError('SMS_SETTING_INVALID', `sms.${name}: expected ${expected}, came ${came}`)
}
