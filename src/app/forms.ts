import Joi from 'joi'
import type { CaptchaFields } from './captcha/verifier.ts'
import { AppError, isErrorName, type ErrorName, type MissingVariant } from './errors.ts'
import { BCRYPT_MAX_BYTES } from './password-hasher.ts'

/**
 * Python's `\w` for text: letters (L*) and numbers (N*) of any script, and the underscore; no combining marks. Checked
 * against CPython for every code point. With the `u` flag a length counts code points, as Python's does; and
 * JavaScript's `$` is the very end, where Python's lets a newline follow.
 */
const USERNAME = /^[\p{L}\p{N}_]{5,20}$/u
const PASSWORD = /^[\p{L}\p{N}_]{8,20}$/u
const MOBILE = /^1[3-9][0-9]{9}$/
const SMS_CODE = /^[0-9]{6}$/
const CAPTCHA = /^[A-Za-z0-9]{4}$/
/** Version 4, in either case: RFC 9562, section 5.4. */
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** Null and empty count as missing. */
const NOTHING = Joi.valid('', null)

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

/** A form: the fields that a route takes, checked in the order in which they stand, and its text for a missing one. */
export interface Form<T> {
  schema: Joi.ObjectSchema<T>
  missingVariant?: MissingVariant
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
    password: Joi.string()
      .empty(NOTHING)
      .pattern(PASSWORD)
      .max(BCRYPT_MAX_BYTES, 'utf8')
      .required()
      .messages({ ...names('PASSWORD_FORMAT'), 'string.max': 'PASSWORD_TOO_LONG' }),
    password2: Joi.any().empty(NOTHING).valid(Joi.ref('password')).required().messages(names('PASSWORD_MISMATCH')),
    mobile,
    sms_code: Joi.string().empty(NOTHING).pattern(SMS_CODE).required().messages(names('SMS_CODE_FORMAT')),
    allow: Joi.any().valid(true).required().messages(names('AGREEMENT_REQUIRED', 'AGREEMENT_REQUIRED')),
  }),
}

export interface SmsCodeRequest extends CaptchaFields {
  mobile: string
  purpose: 'register'
}

/** A picture's field is needed where there is no proof, and left out where there is one. */
function withoutProof(field: Joi.StringSchema): Joi.Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- the word is Joi's
  return Joi.when('captcha_proof', { is: Joi.exist(), then: Joi.any().strip(), otherwise: field.required() })
}

export const SMS_CODE_REQUEST: Form<SmsCodeRequest> = {
  schema: Joi.object({
    mobile,
    captcha_proof: Joi.string().empty(NOTHING).messages(names('CAPTCHA_PROOF_FORMAT')),
    image_code_id: withoutProof(Joi.string().empty(NOTHING).pattern(UUID_V4).messages(names('UUID_FORMAT'))),
    image_code: withoutProof(Joi.string().empty(NOTHING).pattern(CAPTCHA).messages(names('CAPTCHA_FORMAT'))),
    purpose: Joi.any().empty(NOTHING).valid('register').default('register').messages(names('PURPOSE_UNKNOWN')),
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
    password: Joi.string().empty(NOTHING).required().messages(names('PASSWORD_FORMAT')),
    remembered: Joi.boolean().strict().empty(NOTHING).default(false).messages(names('REMEMBERED_FORMAT')),
  }),
  missingVariant: 'login',
}

export const USERNAME_PARAMETER: Form<{ username: string }> = { schema: Joi.object({ username }) }
export const MOBILE_PARAMETER: Form<{ mobile: string }> = { schema: Joi.object({ mobile }) }
export const UUID_PARAMETER: Form<{ uuid: string }> = {
  schema: Joi.object({ uuid: Joi.string().pattern(UUID_V4).required().messages(names('UUID_FORMAT')) }),
}

/**
 * Checks what a client sent against a form. Unknown fields are left out.
 *
 * @returns the fields, the usernames among them in NFKC
 * @throws AppError for the first thing that is wrong: any missing field, else the first malformed one
 */
export function checkForm<T>({ schema, missingVariant }: Form<T>, input: unknown): T {
  const { value, error } = schema.validate(input, { abortEarly: false, stripUnknown: true })
  if (error === undefined) return value
  const errors = error.details.map(({ message }) => message).filter(isErrorName)
  const first = errors.includes('MISSING_PARAMETER') ? 'MISSING_PARAMETER' : errors[0]
  // Not the form's fault, but the program's: something else than an object.
  if (first === undefined) throw error
  throw new AppError(first, { missingVariant })
}

/** Whether a name has the form of a mobile. */
export function isMobile(name: string): boolean {
  return MOBILE.test(name)
}

/** Whether a name has the form of a username. */
export function isUsername(name: string): boolean {
  return USERNAME.test(name) && !isMobile(name)
}
