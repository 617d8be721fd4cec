import Joi from 'joi'
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
const UUID_V4 = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/

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
    password2: Joi.string().empty(NOTHING).valid(Joi.ref('password')).required().messages(names('PASSWORD_MISMATCH')),
    mobile,
    sms_code: Joi.string().empty(NOTHING).pattern(SMS_CODE).required().messages(names('SMS_CODE_FORMAT')),
    allow: Joi.any().valid(true).required().messages(names('AGREEMENT_REQUIRED', 'AGREEMENT_REQUIRED')),
  }),
}

export interface SmsCodeRequest {
  mobile: string
  image_code_id: string
  image_code: string
  purpose: 'register'
}

export const SMS_CODE_REQUEST: Form<SmsCodeRequest> = {
  schema: Joi.object({
    mobile,
    image_code_id: Joi.string().empty(NOTHING).pattern(UUID_V4).required().messages(names('UUID_FORMAT')),
    image_code: Joi.string().empty(NOTHING).pattern(CAPTCHA).required().messages(names('CAPTCHA_FORMAT')),
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
/** Any text, so that nothing can be wrong with it: what is no id that was given to a page is simply not found. */
export const TASK_ID_PARAMETER: Form<{ task_id: string }> = {
  schema: Joi.object({ task_id: Joi.string().required() }),
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

/** The errors of one field: for what is wrong with it, and for its absence, unless it may be left out. */
export interface FieldErrors {
  field: string
  malformed: ErrorName[]
  missing: ErrorName | undefined
}

/** The names of the errors that `checkForm` may throw for a form, as `names` has put them into its schema. */
export function fieldErrors({ schema }: Form<unknown>): FieldErrors[] {
  const { keys = {} } = schema.describe() as { keys?: Record<string, DescribedField> }
  return Object.entries(keys).map(([field, { flags, preferences }]) => {
    const { 'any.required': missing, ...others } = preferences?.messages ?? {}
    const optional = flags?.presence !== 'required'
    return { field, malformed: Object.values(others), missing: optional ? undefined : missing }
  })
}

interface DescribedField {
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
