import { entryOf, type AuditEntry } from '../../../../src/app/audit/entry.ts'

/** A wrong password, with what a test says of it. */
export function anEntry(change: Partial<AuditEntry> = {}): AuditEntry {
  const facts = {
    event: 'authn_login_fail',
    address: '192.0.2.7',
    route: 'POST /login',
    reason: 'LOGIN_WRONG',
  } as const
  return { ...entryOf(facts), ...change }
}
