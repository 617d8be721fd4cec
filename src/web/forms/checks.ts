import type { Texts } from '../texts.ts'

/** The fields of the registration form in the order of the page; each is the `name` and the `id` of its input. */
export const FIELDS = ['user_name', 'pwd', 'cpwd', 'phone', 'pic_code', 'msg_code', 'allow'] as const

export type FieldName = (typeof FIELDS)[number]
export type TextField = Exclude<FieldName, 'allow'>

export interface FormValues extends Record<TextField, string> {
  allow: boolean
}

/** What is wrong with a field: a key of `texts.problems`. */
export type Problem = keyof Texts['problems']

// The server's \w is Python's: letters and digits of any script, and underscore. Lengths count characters, not UTF-16 units.
const USERNAME = /^[\p{L}\p{N}_]{5,20}$/u
const PASSWORD = /^[\p{L}\p{N}_]{8,20}$/u
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
const withoutSpaces = (text: string) => text.normalize('NFKC').replace(/\s/g, '')

const TIDIES: Record<TextField, (text: string) => string> = {
  user_name: (text) => text.normalize('NFKC').trim(),
  pwd: asTyped,
  cpwd: asTyped,
  phone: (text) =>
    withoutSpaces(text)
      .replace(/\p{Pd}/gu, '')
      .replace(/^(\+|00)86/, ''),
  pic_code: withoutSpaces,
  msg_code: withoutSpaces,
}

/** `138****0000`: the form in which the page repeats a mobile number. */
export function maskMobile(mobile: string): string {
  return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`
}

/** Checks one field as far as the page can alone. Expects tidied values. */
export function checkField(field: FieldName, values: Readonly<FormValues>): Problem | undefined {
  return CHECKS[field](values)
}

const CHECKS: Record<FieldName, (values: Readonly<FormValues>) => Problem | undefined> = {
  user_name({ user_name: name }) {
    if (name === '') return 'usernameMissing'
    if (MOBILE.test(name)) return 'usernameIsMobile'
    return USERNAME.test(name) ? undefined : 'usernameFormat'
  },
  pwd({ pwd }) {
    if (pwd === '') return 'passwordMissing'
    return PASSWORD.test(pwd) ? undefined : 'passwordFormat'
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
