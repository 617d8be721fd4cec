import type { Schedule } from './schedule.ts'

/** What becomes of ticks that nobody sent in time: none of them is sent, one for all, or each. */
export type MissedPolicy = 'skip' | 'once' | 'all'

/** The policies' names. */
export const missedPolicies: readonly MissedPolicy[] = ['skip', 'once', 'all']

/** What is done about an entry now. */
export interface TickPlan {
  /** The tick, or the time, from which the entry goes on. */
  readonly last: number
  /** The ticks that are sent, ascending. */
  readonly send: readonly number[]
  /** How many are not. */
  readonly missed: number
  /** Whether the clock was set back so far that the entry starts afresh. */
  readonly isReset: boolean
}

/** How ticks are judged. */
export interface TickRules {
  readonly policy: MissedPolicy
  /** A tick that is late by more is missed, in milliseconds. One with a later one behind it that is due too is missed as well. */
  readonly lateMs: number
  /** Most ticks that `all` sends at once; the newest are sent. */
  readonly maxMissed: number
}

/**
 * How far the last tick may lie ahead of the broker's clock, in milliseconds. A clock that was set back by no more reaches it again, and no
 * tick is sent twice; where it was set back further, waiting for that would stop the entry for too long.
 */
export const maxAheadMs = 3_600_000

/**
 * What to do about the ticks of an entry.
 *
 * @param last the last tick that was done with, or when the entry began
 * @param now the broker's clock
 * @returns null: nothing is due
 */
export function planTicks(schedule: Schedule, last: number, now: number, rules: TickRules): TickPlan | null {
  if (last > now + maxAheadMs) return { last: now, send: [], missed: 0, isReset: true }
  if (schedule.next(last) > now) return null
  const { policy, lateMs, maxMissed } = rules
  const { newest, count } = schedule.due(last, now, policy === 'all' ? maxMissed : 1)
  const tick = newest.at(-1) ?? now
  const send = policy === 'skip' && now - tick > lateMs ? [] : newest
  return { last: tick, send, missed: count - send.length, isReset: false }
}
