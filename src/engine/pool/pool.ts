import type { Outcome } from '../outcome.ts'

/** One run of a task, as plain data that crosses into a thread. */
export interface Job {
  readonly id: string
  readonly name: string
  readonly retries: number
  /** The message's body, JSON text. */
  readonly body: string
  /** Soft limit of this message in seconds; null: the task's own. */
  readonly softTimeLimit: number | null
}

/** Where tasks run. */
export interface Pool {
  /** What `-P` calls it. */
  readonly kind: PoolKind
  /** How many tasks run at once. */
  readonly concurrency: number
  /** Makes the pool ready; the first tasks need not wait for threads to start. */
  start(): Promise<void>
  /** Runs one task. Never rejects: a thread that dies gives the outcome `lost`. */
  run(job: Job): Promise<Outcome>
  /** Ends the pool now. What still runs gets the outcome `lost`. */
  destroy(): Promise<void>
}

/** The pools, by Celery's `-P`. */
export type PoolKind = 'threads' | 'async' | 'solo'

/** What a thread is told when it starts; plain data. */
export interface ThreadData {
  /** Task files to load, as file URLs. */
  readonly files: readonly string[]
  /** Settings for tasks, one entry per subject. */
  readonly settings: Readonly<Record<string, unknown>>
}
