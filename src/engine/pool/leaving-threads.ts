import { isLookedAt } from './job-watch.ts'
import type { PoolThread } from './pool-thread.ts'

/** Threads that take no new jobs. Each ends when nothing is on it any more, and nobody looks at where it hangs. */
export class LeavingThreads {
  readonly #threads = new Set<PoolThread>()

  add(thread: PoolThread): void {
    thread.retired = true
    this.#threads.add(thread)
    this.endIdle()
  }

  /** To be called when a job has ended, and now and then. */
  endIdle(): void {
    for (const thread of this.#threads) {
      // One that starts would reject who waits for any thread to be ready, as one that can't start.
      const stays = !thread.gone && (thread.starting || thread.busy > 0 || isLookedAt(thread.threadId))
      if (stays) continue
      this.#threads.delete(thread)
      void thread.close()
    }
  }
}
