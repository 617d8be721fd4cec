import type { Logger } from '../logger.ts'
import { maskMobiles } from '../request-log.ts'
import { AUDIT_EVENTS, type AuditEvent } from './events.ts'

/** In place of an address: it was done on the machine itself, by a command. */
export const TERMINAL = 'terminal'

/** One thing that happened. Never a password, a code, a session's id or a whole mobile. */
export interface AuditEntry {
  readonly at: Date
  readonly event: AuditEvent
  /** The account's id, where it is known. */
  readonly userId: number | null
  /** Its name, where it is known. What somebody typed and is no account's name is not kept: people type passwords there. */
  readonly account: string | null
  /** Who did it to the account, where it is somebody else: the name that the system has for whoever runs a command. */
  readonly actor: string | null
  /** Masked. */
  readonly mobile: string | null
  /** The client's, in canonical form; `unknown`, or `terminal`. */
  readonly address: string
  readonly requestId: string | null
  /** Method and pattern of the route, or the command. */
  readonly route: string
  /** The error that the client was told and what refused it, or what was done. */
  readonly reason: string | null
  /** Browser and system in a few words. */
  readonly userAgent: string | null
  /** How often it happened; over 1 for repeated refusals. */
  readonly times: number
  /** When it happened last, where it did more than once. */
  readonly lastAt: Date | null
}

/** What is told of something that happened once. What is not known may be left out. */
export type AuditFacts = Pick<AuditEntry, 'event' | 'address' | 'route'> &
  Partial<Omit<AuditEntry, 'at' | 'times' | 'lastAt'>>

/** The most characters of each text: as many as its column in the table has. */
const LENGTHS = {
  account: 20,
  actor: 32,
  mobile: 11,
  address: 45,
  requestId: 36,
  route: 64,
  reason: 100,
  userAgent: 64,
} as const

/** What the log tells of an entry, where it is known. */
const LOGGED = ['userId', ...(Object.keys(LENGTHS) as (keyof typeof LENGTHS)[])] as const

/** The entry of something that happens now. Texts are cut to what the table takes, and mobiles in them masked. */
export function entryOf(facts: AuditFacts): AuditEntry {
  const { event, userId = null, address, route } = facts
  const fitted = (name: keyof typeof LENGTHS): string | null => {
    const text = facts[name]
    return text === undefined || text === null ? null : fit(text, LENGTHS[name])
  }
  return {
    at: new Date(),
    event,
    userId,
    account: fitted('account'),
    actor: fitted('actor'),
    mobile: fitted('mobile'),
    address: fit(address, LENGTHS.address),
    requestId: fitted('requestId'),
    route: fit(route, LENGTHS.route),
    reason: fitted('reason'),
    userAgent: fitted('userAgent'),
    times: 1,
    lastAt: null,
  }
}

/** PostgreSQL takes no NUL, and no text that is longer than its column. */
function fit(text: string, most: number): string {
  const masked = maskMobiles(text.replaceAll('\0', ''))
  return masked.length <= most ? masked : Array.from(masked).slice(0, most).join('')
}

/**
 * Writes an entry to the log, as the line `audit`. It is always of the log's level `info`: the entry's own level, which stands in it as
 * `severity`, tells how much to make of the client, and nobody is to be woken up by what a client can do at will.
 */
export function logEntry(logger: Pick<Logger, 'info'>, entry: AuditEntry): void {
  const { event } = entry
  const fields: Record<string, unknown> = { event, severity: AUDIT_EVENTS[event] }
  for (const fact of LOGGED) if (entry[fact] !== null) fields[fact] = entry[fact]
  logger.info(fields, 'audit')
}
