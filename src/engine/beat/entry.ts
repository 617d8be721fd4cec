import type { CrontabFields } from './crontab.ts'
import type { MissedPolicy } from './tick-plan.ts'

/** When a task is due: seconds between two ticks; or a crontab as a line of five fields, or by its fields. */
export type GivenSchedule =
  | number
  | string
  | { readonly every: number }
  | { readonly cron: string; readonly timezone?: string }
  | (CrontabFields & { readonly timezone?: string })

/** How the messages of an entry are sent; each is what `applyAsync` calls it. */
export interface EntryOptions {
  readonly queue?: string
  readonly countdown?: number
  readonly expiresInSeconds?: number
  readonly priority?: number
  readonly timeLimit?: number
  readonly softTimeLimit?: number
  /** More headers of the message; JSON values. */
  readonly headers?: Readonly<Record<string, unknown>>
}

/** A periodic task, as it is given. */
export interface GivenEntry {
  /** The task's name. */
  readonly task: string
  readonly schedule: GivenSchedule
  readonly args?: readonly unknown[]
  /** Arguments by name: tasks in Python take them, those of this engine where their option `params` names them. */
  readonly kwargs?: Readonly<Record<string, unknown>>
  readonly options?: EntryOptions
  /** What becomes of ticks that nobody sent in time. Default: the scheduler's. */
  readonly missed?: MissedPolicy
}

/** Periodic tasks by their names, which the broker knows them by: Celery's `beat_schedule`. */
export interface GivenEntries {
  readonly [name: string]: GivenEntry
}
