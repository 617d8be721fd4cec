import type { ErrorName } from '../errors.ts'
import type { AuditEvent } from './events.ts'

/** What a refused request is to the audit. null: nothing; the table in docs/security.md says why. */
const EVENT_OF_ERROR: Readonly<Record<ErrorName, AuditEvent | null>> = {
  CAPTCHA_WRONG: 'input_validation_fail',
  CAPTCHA_EXPIRED: 'input_validation_fail',
  CAPTCHA_FORMAT: 'input_validation_fail',
  CAPTCHA_PROOF_FORMAT: 'input_validation_fail',
  CAPTCHA_PROOF_WRONG: 'input_validation_fail',
  CAPTCHA_PROOF_EXPIRED: 'input_validation_fail',
  CAPTCHA_PROOF_OFF: 'input_validation_fail',
  SMS_CODE_WRONG: 'input_validation_fail',
  SMS_CODE_EXPIRED: 'input_validation_fail',
  SMS_CODE_FORMAT: 'input_validation_fail',
  MISSING_PARAMETER: 'input_validation_fail',
  USERNAME_FORMAT: 'input_validation_fail',
  USERNAME_TAKEN: 'input_validation_fail',
  MOBILE_FORMAT: 'input_validation_fail',
  MOBILE_TAKEN: 'input_validation_fail',
  PASSWORD_FORMAT: 'input_validation_fail',
  PASSWORD_MISMATCH: 'input_validation_fail',
  PASSWORD_TOO_LONG: 'input_validation_fail',
  PASSWORD_TOO_COMMON: 'input_validation_fail',
  REMEMBERED_FORMAT: 'input_validation_fail',
  UUID_FORMAT: 'input_validation_fail',
  AGREEMENT_REQUIRED: 'input_validation_fail',
  NOT_JSON: 'input_validation_fail',
  TOO_LARGE: 'input_validation_fail',
  BODY_ENCODING: 'input_validation_fail',
  PURPOSE_UNKNOWN: 'input_validation_discrete_fail',
  LOGIN_WRONG: 'authn_login_fail',
  PASSWORD_WRONG: 'authn_login_fail',
  LOGIN_REQUIRED: 'authz_fail',
  SESSION_UNKNOWN: 'authz_fail',
  FOREIGN_SITE: 'malicious_cors',
  SMS_TOO_FREQUENT: 'excess_rate_limit_exceeded',
  TOO_MANY_REQUESTS: 'excess_rate_limit_exceeded',
  // What scanners do all day.
  NOT_FOUND: null,
  METHOD_NOT_ALLOWED: null,
  PAGES_NOT_BUILT: null,
  // Most of these never become a request: Node's parser refuses them.
  URL_TOO_LONG: null,
  HEADERS_TOO_LARGE: null,
  MALFORMED_REQUEST: null,
  REQUEST_TIMEOUT: null,
  // Our own faults, not the client's.
  INTERNAL: null,
  UNAVAILABLE: null,
  SMS_UNAVAILABLE: null,
  BUSY: null,
}

/** Where a password is set: what is wrong there is a change that failed. */
const SET_PASSWORDS: readonly (string | undefined)[] = ['/password', '/password/reset']

/** Where the pages ask whether somebody is logged in: nobody is no wrongdoer. */
const ASKS_WHO = '/info'

/**
 * What a refusal is to the audit.
 *
 * @param by what refused it, as the error has it
 * @param path of the route; undefined: of none
 * @returns null: it is not audited
 */
export function eventOfRefusal(
  error: ErrorName,
  { by, path }: { by: string | undefined; path: string | undefined },
): AuditEvent | null {
  if (by === 'loginDelays') return 'authn_login_fail_max'
  if (error === 'LOGIN_REQUIRED' && path === ASKS_WHO) return null
  const event = EVENT_OF_ERROR[error]
  const isAboutInput = event === 'input_validation_fail' || event === 'authn_login_fail'
  return isAboutInput && SET_PASSWORDS.includes(path) ? 'authn_password_change_fail' : event
}
