import type { CanvasMessage } from '../canvas/following.ts'

/** Where a periodic task stands. */
export interface EntryState {
  /** The last tick that was done with, or when it began; null: a process that was started later has another schedule for it. */
  readonly last: number | null
  /** Who has done with the last tick. */
  readonly by: string
}

/** One step of a periodic task. */
export interface TickStep {
  readonly name: string
  /** What its schedule is. */
  readonly identity: string
  /** Its last tick, as it is known here, and the newest after this. */
  readonly from: number
  readonly to: number
  /** How many ticks are missed and not sent. */
  readonly missed: number
  readonly messages: readonly CanvasMessage[]
}

/**
 * What became of it: `sent`; `other`: another scheduler was faster, or has another schedule; `early`: the clock was set back
 * meanwhile; `full`: the queue takes no more.
 */
export type StepOutcome = 'sent' | 'other' | 'early' | { readonly full: string; readonly length: number }

/** Where periodic tasks stand, the same for all schedulers on the broker. */
export interface BeatStore {
  /**
   * Where each entry stands. One that is new, or has got another schedule, begins now.
   *
   * @param known the last tick that is known here; null: none
   * @param startedAt when this scheduler started; null: now
   */
  look(
    entries: readonly { readonly name: string; readonly identity: string; readonly known: number | null }[],
    startedAt: number | null,
  ): Promise<{ now: number; states: EntryState[] }>
  /** Sends messages and notes their ticks, in one step, once; a call that is repeated because its answer was lost changes nothing. */
  step(step: TickStep, by: string): Promise<StepOutcome>
}
