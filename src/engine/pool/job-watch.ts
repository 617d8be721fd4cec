import type { HangProfile } from '../outcome.ts'
import type { Job } from './pool.ts'
import { profileThread } from './thread-profile.ts'

/** How long a hanging thread is looked at, in milliseconds, and the largest CPU profile that is kept, in bytes. */
const profileMs = 200
const profileBytes = 512 * 1024

/** The end of a look must come before the thread's, by this much, in milliseconds. */
const profileMarginMs = 20

/**
 * Watches the time of one job from the main thread, which goes on while the job spins.
 *
 * 1. At the soft limit (which the thread itself tells the task, if it can): a CPU profile of the thread, until the job ends
 *    or 200 ms are over.
 * 2. At the hard limit: `onTimeLimit` ends the thread.
 * 3. done: nothing more happens; the profile, if one was made, is there.
 */
export class JobWatch {
  readonly #timers: NodeJS.Timeout[] = []
  #profile: Promise<HangProfile | null> = Promise.resolve(null)
  #ended = (): void => {}

  /** @param threadId of the thread that runs the job, as Node counts. @param onTimeLimit is told the limit in seconds */
  constructor(job: Job, threadId: number, onTimeLimit: (seconds: number) => void) {
    const { softTimeLimit: soft, timeLimit: hard } = job
    if (soft !== null) {
      const forMs = hard === null ? profileMs : Math.min((hard - soft) * 1000 - profileMarginMs, profileMs)
      if (forMs > 0) this.#after(soft, () => this.#look(threadId, forMs))
    }
    if (hard !== null) this.#after(hard, () => onTimeLimit(hard))
  }

  /** The job has ended. Resolves with where it hung, if it reached its soft limit. */
  async done(): Promise<HangProfile | null> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#ended()
    return this.#profile
  }

  #look(threadId: number, forMs: number): void {
    const until = new Promise<void>((resolve) => (this.#ended = resolve))
    this.#profile = profileThread(threadId, { forMs, until, maxBytes: profileBytes })
  }

  #after(seconds: number, action: () => void): void {
    this.#timers.push(setTimeout(action, seconds * 1000))
  }
}
