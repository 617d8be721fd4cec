import Joi from 'joi'
import type { CaptchaFields } from './captcha/verifier.ts'
import { PURPOSES, type Purpose } from './codes/sms-codes.ts'
import { AppError, isErrorName, type ErrorName, type MissingVariant, type PasswordVariant } from './errors.ts'
import { BCRYPT_MAX_BYTES } from './password-hasher.ts'
import type { PasswordRules } from './password-rules.ts'

/**
 * Python's `\w` for text: letters (L*) and numbers (N*) of any script, and the underscore; no combining marks. Checked
 * against CPython for every code point. With the `u` flag a length counts code points, as Python's does; and
 * JavaScript's `$` is the very end, where Python's lets a newline follow.
 */
const USERNAME = /^[\p{L}\p{N}_]{5,20}$/u
const PASSWORD = /^[\p{L}\p{N}_]{8,20}$/u
/** 8 to 64 characters of any kind, blanks too; but no half of a surrogate pair, which UTF-8 does not tell from others. */
const STRICT_PASSWORD = /^[^\p{Cs}]{8,64}$/u
const MOBILE = /^1[3-9][0-9]{9}$/
const SMS_CODE = /^[0-9]{6}$/
const CAPTCHA = /^[A-Za-z0-9]{4}$/
/** Version 4, in either case: RFC 9562, section 5.4. */
const UUID_V4 = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/

/** Null and empty count as missing. */
const NOTHING = Joi.valid('', null)

/** Of a field of which more is checked elsewhere, with the same error. */
const CHECKED_FURTHER = { checkedFurther: true }

/**
 * In place of texts, the schemas below give the names of errors: one for whatever is wrong with a field, and another
 * one for a field that is missing.
 */
function names(error: ErrorName, missing: ErrorName = 'MISSING_PARAMETER'): Record<string, ErrorName> {
  return { '*': error, 'any.required': missing }
}

// Brought to NFKC before it is checked: what looks the same is the same name.
const username = Joi.string()
  .empty(NOTHING)
  .normalize('NFKC')
  .pattern(USERNAME)
  .pattern(MOBILE, { invert: true })
  .required()
  .messages(names('USERNAME_FORMAT'))
const mobile = Joi.string().empty(NOTHING).pattern(MOBILE).required().messages(names('MOBILE_FORMAT'))
const smsCode = Joi.string().empty(NOTHING).pattern(SMS_CODE).required().messages(names('SMS_CODE_FORMAT'))

/** A password that is to be set, and the same once more; the profile `compat`. */
const newPassword = {
  password: Joi.string()
    .empty(NOTHING)
    .pattern(PASSWORD)
    .max(BCRYPT_MAX_BYTES, 'utf8')
    .required()
    .messages({ ...names('PASSWORD_FORMAT'), 'string.max': 'PASSWORD_TOO_LONG' }),
  password2: Joi.string().empty(NOTHING).valid(Joi.ref('password')).required().messages(names('PASSWORD_MISMATCH')),
}

/** A password that is only compared: any text. */
const anyPassword = Joi.string().empty(NOTHING).required().messages(names('PASSWORD_FORMAT'))

/** A form: the fields that a route takes, checked in the order in which they stand, and its texts where it has others. */
export interface Form<T> {
  schema: Joi.ObjectSchema<T>
  missingVariant?: MissingVariant
  passwordVariant?: PasswordVariant
}

export interface Registration {
  username: string
  password: string
  password2: string
  mobile: string
  sms_code: string
  allow: true
}

export const REGISTRATION: Form<Registration> = {
  schema: Joi.object({
    username,
    ...newPassword,
    mobile,
    sms_code: smsCode,
    allow: Joi.any().valid(true).required().messages(names('AGREEMENT_REQUIRED', 'AGREEMENT_REQUIRED')),
  }),
}

export interface PasswordReset {
  password: string
  password2: string
  mobile: string
  sms_code: string
}

export const PASSWORD_RESET: Form<PasswordReset> = {
  schema: Joi.object({ ...newPassword, mobile, sms_code: smsCode }),
}

export interface PasswordChange {
  /** The present one. */
  old_password: string
  password: string
  password2: string
}

export const PASSWORD_CHANGE: Form<PasswordChange> = {
  schema: Joi.object({ old_password: anyPassword, ...newPassword }),
}

export interface MobileChange {
  /** The new one. */
  mobile: string
  sms_code: string
  /** The present one. */
  password: string
}

export const MOBILE_CHANGE: Form<MobileChange> = {
  schema: Joi.object({ mobile, sms_code: smsCode, password: anyPassword }),
}

export interface SmsCodeRequest extends CaptchaFields {
  mobile: string
  purpose: Purpose
}

/** A picture's field is needed where there is no proof, and left out where there is one. */
function withoutProof(field: Joi.StringSchema): Joi.Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- the word is Joi's
  return Joi.when('captcha_proof', { is: Joi.exist(), then: Joi.any().strip(), otherwise: field.required() })
}

export const SMS_CODE_REQUEST: Form<SmsCodeRequest> = {
  schema: Joi.object({
    mobile,
    captcha_proof: Joi.string().empty(NOTHING).meta(CHECKED_FURTHER).messages(names('CAPTCHA_PROOF_FORMAT')),
    image_code_id: withoutProof(Joi.string().empty(NOTHING).pattern(UUID_V4).messages(names('UUID_FORMAT'))),
    image_code: withoutProof(Joi.string().empty(NOTHING).pattern(CAPTCHA).messages(names('CAPTCHA_FORMAT'))),
    purpose: Joi.any()
      .empty(NOTHING)
      .valid(...PURPOSES)
      .default('register')
      .messages(names('PURPOSE_UNKNOWN')),
  }),
  missingVariant: 'smsCode',
}

export interface Login {
  /** A username, or a mobile. Any text: what has neither form is simply nobody's. */
  username: string
  password: string
  remembered: boolean
}

export const LOGIN: Form<Login> = {
  schema: Joi.object({
    username: Joi.string().empty(NOTHING).normalize('NFKC').required().messages(names('USERNAME_FORMAT')),
    password: anyPassword,
    remembered: Joi.boolean().strict().empty(NOTHING).default(false).messages(names('REMEMBERED_FORMAT')),
  }),
  missingVariant: 'login',
}

export const USERNAME_PARAMETER: Form<{ username: string }> = { schema: Joi.object({ username }) }
export const MOBILE_PARAMETER: Form<{ mobile: string }> = { schema: Joi.object({ mobile }) }
export const UUID_PARAMETER: Form<{ uuid: string }> = {
  schema: Joi.object({ uuid: Joi.string().pattern(UUID_V4).required().messages(names('UUID_FORMAT')) }),
}
/** Any text, so that nothing can be wrong with it: what is no id of one of the account's sessions is simply not found. */
export const SESSION_ID_PARAMETER: Form<{ id: string }> = { schema: Joi.object({ id: Joi.string().required() }) }
/** Any text, so that nothing can be wrong with it: what is no id that was given to a page is simply not found. */
export const TASK_ID_PARAMETER: Form<{ task_id: string }> = {
  schema: Joi.object({ task_id: Joi.string().required() }),
}

/**
 * The same form, whose new password is checked by a profile's rules. With `strict` it is brought to NFKC first, and so is
 * the second one: what looks the same is the same password, whichever keyboard it comes from.
 */
export function withPasswordRules<T>(form: Form<T>, rules: PasswordRules): Form<T> {
  if (rules.profile === 'compat') return form
  const password = Joi.string()
    .empty(NOTHING)
    .normalize('NFKC')
    .pattern(STRICT_PASSWORD)
    .max(BCRYPT_MAX_BYTES, 'utf8')
    .custom((text: string, { state, error }) => {
      const fields = Object(state.ancestors[0]) as Record<string, unknown>
      const owner = { username: textOf(fields['username']), mobile: textOf(fields['mobile']) }
      return rules.isGuessable(text, owner) ? error('password.guessable') : text
    })
    .required()
    .messages({
      ...names('PASSWORD_FORMAT'),
      'string.max': 'PASSWORD_TOO_LONG',
      'password.guessable': 'PASSWORD_TOO_COMMON',
    })
  const password2 = Joi.string()
    .empty(NOTHING)
    .normalize('NFKC')
    .valid(Joi.ref('password'))
    .required()
    .messages(names('PASSWORD_MISMATCH'))
  const schema = form.schema.fork('password', () => password).fork('password2', () => password2)
  return { ...form, schema, passwordVariant: 'strict' }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * Checks what a client sent against a form. Unknown fields are left out.
 *
 * @returns the fields, the usernames among them in NFKC
 * @throws AppError for the first thing that is wrong: any missing field, else the first malformed one
 */
export function checkForm<T>({ schema, missingVariant, passwordVariant }: Form<T>, input: unknown): T {
  const { value, error } = schema.validate(input, { abortEarly: false, stripUnknown: true })
  if (error === undefined) return value
  const errors = error.details.map(({ message }) => message).filter(isErrorName)
  const first = errors.includes('MISSING_PARAMETER') ? 'MISSING_PARAMETER' : errors[0]
  // Not the form's fault, but the program's: something else than an object.
  if (first === undefined) throw error
  throw new AppError(first, { missingVariant, passwordVariant })
}

/** The errors of one field: for what is wrong with it, and for its absence, unless it may be left out. */
export interface FieldErrors {
  field: string
  malformed: ErrorName[]
  missing: ErrorName | undefined
}

/** The names of the errors that `checkForm` may throw for a form, as `names` has put them into its schema. */
export function fieldErrors({ schema }: Form<unknown>): FieldErrors[] {
  const { keys = {} } = schema.describe() as { keys?: Record<string, DescribedField> }
  return Object.entries(keys).map(([field, described]) => {
    const { flags, preferences } = described.whens?.[0]?.otherwise ?? described
    const { 'any.required': missing, ...others } = preferences?.messages ?? {}
    const optional = flags?.presence !== 'required'
    return { field, malformed: Object.values(others), missing: optional ? undefined : missing }
  })
}

interface DescribedField {
  /** Of `withoutProof`. */
  whens?: readonly { otherwise?: DescribedField }[]
  flags?: { presence?: string }
  preferences?: { messages?: Record<string, ErrorName> }
}

/** Whether a name has the form of a mobile. */
export function isMobile(name: string): boolean {
  return MOBILE.test(name)
}

/** Whether a name has the form of a username. */
export function isUsername(name: string): boolean {
  return USERNAME.test(name) && !isMobile(name)
}
