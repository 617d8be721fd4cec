import type { PasswordProfile } from '../api.ts'
import type { Texts } from '../texts.ts'

/** The text fields of all forms; each is the `name` and the `id` of its input. On a page each is there once. */
export const TEXT_FIELDS = ['user_name', 'account', 'old_pwd', 'pwd', 'cpwd', 'phone', 'pic_code', 'msg_code'] as const

export type TextField = (typeof TEXT_FIELDS)[number]
export type FieldName = TextField | 'allow'

export interface FormValues extends Record<TextField, string> {
  allow: boolean
}

/** What is wrong with a field: a key of `texts.problems`. */
export type Problem = keyof Texts['problems']

// The server's \w is Python's: letters and digits of any script, and underscore. Lengths count characters, not UTF-16 units.
const USERNAME = /^[\p{L}\p{N}_]{5,20}$/u
const PASSWORD = /^[\p{L}\p{N}_]{8,20}$/u
const STRICT_PASSWORD = /^[^\p{Cs}]{8,64}$/u
const MOBILE = /^1[3-9][0-9]{9}$/
const CAPTCHA = /^[A-Za-z0-9]{4}$/
const SMS_CODE = /^[0-9]{6}$/

/**
 * Removes what a keyboard, an input method or autofill adds and nobody means: full-width letters and digits (NFKC),
 * spaces, and in a mobile number dashes and the country code. Passwords stay as typed.
 */
export function tidy(field: TextField, text: string): string {
  return TIDIES[field](text)
}

const asTyped = (text: string) => text
const asName = (text: string) => text.normalize('NFKC').trim()
const withoutSpaces = (text: string) => text.normalize('NFKC').replace(/\s/g, '')
const asMobile = (text: string) =>
  withoutSpaces(text)
    .replace(/\p{Pd}/gu, '')
    .replace(/^(\+|00)86/, '')

const TIDIES: Record<TextField, (text: string) => string> = {
  user_name: asName,
  // A mobile if it can be one, else a name.
  account: (text) => (MOBILE.test(asMobile(text)) ? asMobile(text) : asName(text)),
  old_pwd: asTyped,
  pwd: asTyped,
  cpwd: asTyped,
  phone: asMobile,
  pic_code: withoutSpaces,
  msg_code: withoutSpaces,
}

/** `138****0000`: the form in which the page repeats a mobile number. */
export function maskMobile(mobile: string): string {
  return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`
}

/**
 * Checks one field as far as the page can alone. Expects tidied values.
 *
 * @param profile which passwords may be chosen; while that is not known, only what no profile takes is refused
 */
export function checkField(
  field: FieldName,
  values: Readonly<FormValues>,
  profile?: PasswordProfile,
): Problem | undefined {
  return CHECKS[field](values, profile)
}

const CHECKS: Record<FieldName, (values: Readonly<FormValues>, profile?: PasswordProfile) => Problem | undefined> = {
  user_name({ user_name: name }) {
    if (name === '') return 'usernameMissing'
    if (MOBILE.test(name)) return 'usernameIsMobile'
    return USERNAME.test(name) ? undefined : 'usernameFormat'
  },
  account({ account }) {
    return account === '' ? 'accountMissing' : undefined
  },
  old_pwd({ old_pwd: password }) {
    return password === '' ? 'passwordMissing' : undefined
  },
  pwd({ pwd }, profile) {
    if (pwd === '') return 'passwordMissing'
    if (profile === 'compat') return PASSWORD.test(pwd) ? undefined : 'passwordFormat'
    return STRICT_PASSWORD.test(pwd.normalize('NFKC')) ? undefined : 'passwordLength'
  },
  cpwd({ pwd, cpwd }) {
    if (cpwd === '') return 'repeatMissing'
    return cpwd === pwd ? undefined : 'repeatDiffers'
  },
  phone({ phone }) {
    if (phone === '') return 'mobileMissing'
    return MOBILE.test(phone) ? undefined : 'mobileFormat'
  },
  pic_code({ pic_code: code }) {
    if (code === '') return 'captchaMissing'
    return CAPTCHA.test(code) ? undefined : 'captchaFormat'
  },
  msg_code({ msg_code: code }) {
    if (code === '') return 'smsCodeMissing'
    return SMS_CODE.test(code) ? undefined : 'smsCodeFormat'
  },
  allow({ allow }) {
    return allow ? undefined : 'agreementMissing'
  },
}
