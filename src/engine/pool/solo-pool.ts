import type { Outcome } from '../outcome.ts'
import type { TaskDefinition } from '../task.ts'
import type { Job, Pool } from './pool.ts'
import { runJob } from './run-job.ts'

/** One task at a time, in the main thread: for debugging. A task that computes for long holds up everything else. */
export class SoloPool implements Pool {
  readonly kind = 'solo'
  readonly concurrency = 1
  readonly #tasks: ReadonlyMap<string, TaskDefinition>
  readonly #settings: Readonly<Record<string, unknown>>

  constructor(tasks: ReadonlyMap<string, TaskDefinition>, settings: Readonly<Record<string, unknown>>) {
    this.#tasks = tasks
    this.#settings = settings
  }

  async start(): Promise<void> {}

  run(job: Job): Promise<Outcome> {
    return runJob(this.#tasks, this.#settings, job)
  }

  async destroy(): Promise<void> {}
}
