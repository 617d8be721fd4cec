import type { KeptState } from '../broker/beat-states.ts'
import type { Entry } from './read-entries.ts'

/** A periodic task, and where it stands. Times are Unix milliseconds. */
export interface TickFigures {
  readonly name: string
  readonly task: string
  readonly schedule: string
  /** null: it has not been sent yet. */
  readonly lastSent: number | null
  /** null: no scheduler has looked at it yet, or with this schedule: it begins with the next start. */
  readonly next: number | null
  readonly sent: number
  readonly missed: number
}

/** @param states of the entries, in their order */
export function tickFigures(entries: readonly Entry[], states: readonly (KeptState | null)[]): TickFigures[] {
  return entries.map(({ name, schedule, call }, index) => {
    const state = states[index] ?? null
    const { sentAt: lastSent = null, sent = 0, missed = 0 } = state ?? {}
    const next = state?.schedule === schedule.identity ? schedule.next(state.last) : null
    return { name, task: call.task, schedule: schedule.text, lastSent, next, sent, missed }
  })
}
