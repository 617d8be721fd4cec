/** How much an event matters, in the vocabulary's words. */
export type AuditLevel = 'info' | 'warn' | 'critical'

/**
 * Every event of the audit. Names and levels are those of OWASP's Application Logging Vocabulary Cheat Sheet
 * (https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html), as far as the service has something of that kind.
 */
export const AUDIT_EVENTS = {
  /** Somebody logged in; a session began. */
  authn_login_success: 'info',
  /** A wrong name or password, at the login or where the present password is asked for. */
  authn_login_fail: 'warn',
  /** A try at a password that came before its time, after too many wrong ones. */
  authn_login_fail_max: 'warn',
  /** An account was disabled. Wrong passwords never lock one. */
  authn_login_lock: 'warn',
  /** A password was changed, reset or taken away. */
  authn_password_change: 'info',
  /** It was not, for whatever was wrong. */
  authn_password_change_fail: 'critical',
  /** A code was made and its SMS is on its way. */
  authn_token_created: 'info',
  /** Something was asked for that is another's, or without a session. */
  authz_fail: 'critical',
  /** A budget was spent, or the guard against SMS pumping refused. */
  excess_rate_limit_exceeded: 'warn',
  /** Input was refused: a form, a code, a captcha. */
  input_validation_fail: 'warn',
  /** Something else was chosen than what there is to choose from. */
  input_validation_discrete_fail: 'warn',
  /** Another site asked for a change. */
  malicious_cors: 'critical',
  /** A session was ended by somebody. */
  session_expired: 'info',
  /** An account was registered; a session began. */
  user_created: 'warn',
  /** An account was changed: its mobile, or it was enabled. */
  user_updated: 'warn',
} as const satisfies Readonly<Record<string, AuditLevel>>

export type AuditEvent = keyof typeof AUDIT_EVENTS
