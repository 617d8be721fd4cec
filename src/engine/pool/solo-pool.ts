import type { Outcome } from '../outcome.ts'
import type { Job, Pool } from './pool.ts'
import { runJob, type Surroundings } from './run-job.ts'
import { noThreads } from './thread-health.ts'

/**
 * One task at a time, in the main thread: for debugging. A task that computes for long holds up everything else, and nothing
 * can end it: hard limits, `terminate` and the isolation of crashes need a thread.
 */
export class SoloPool implements Pool {
  readonly kind = 'solo'
  readonly concurrency = 1
  readonly sharesSlots = false
  readonly threadIds: readonly number[] = []
  readonly counts = noThreads
  readonly trouble = null
  readonly #surroundings: Surroundings

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  async start(): Promise<void> {}

  run(job: Job): Promise<Outcome> {
    return runJob(this.#surroundings, job)
  }

  flush(): void {}

  /** It begins at once. */
  threadOf(): number {
    return 0
  }

  terminate(): void {}

  resize(): boolean {
    return false
  }

  restart(): boolean {
    return false
  }

  async destroy(): Promise<void> {}
}
