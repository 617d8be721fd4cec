import type { HangProfile, Outcome } from '../outcome.ts'
import type { Job } from './pool.ts'
import { profileThread } from './thread-profile.ts'

/** How long a hanging thread is looked at, in milliseconds, and the largest CPU profile that is kept, in bytes. */
const profileMs = 200
const profileBytes = 512 * 1024

/** The end of a look must come before the thread's, by this much, in milliseconds. */
const profileMarginMs = 20

/** Looks that are under way, by thread: one serves all jobs on it, and more than a few at once would stop everything. */
const looks = new Map<number, Promise<HangProfile | null>>()
const maxLooks = 4

/** Whether a thread is being looked at: it must not end meanwhile. */
export function isLookedAt(threadId: number): boolean {
  return looks.has(threadId)
}

/** What it asks and tells. */
export interface JobWatchEvents {
  /** Whether the thread may be looked at now: Node's inspector must not meet a thread that is just ending. */
  readonly mayLook: () => boolean
  /** The hard limit is reached, in seconds. */
  readonly onTimeLimit: (seconds: number) => void
  /** The job goes on after its soft limit, and this is where it was. */
  readonly onHang: (profile: HangProfile) => void
}

/**
 * Watches the time of one job from the main thread, which goes on while the job spins.
 *
 * 1. At the soft limit (which the thread itself tells the task, if it can): a CPU profile of the thread, until the job ends
 *    or 200 ms are over. If it goes on then, `onHang` tells where.
 * 2. At the hard limit: `onTimeLimit` ends the thread.
 * 3. done: nothing more happens; the profile, if one was made, is there.
 */
export class JobWatch {
  readonly #timers: NodeJS.Timeout[] = []
  readonly #sinceMs: number
  #profile: Promise<HangProfile | null> = Promise.resolve(null)
  #ended = (): void => {}
  #done = false

  /**
   * @param threadId of the thread that runs the job, as Node counts
   * @param sinceMs how long it has run already, in milliseconds
   */
  constructor(job: Job, threadId: number, events: JobWatchEvents, sinceMs = 0) {
    this.#sinceMs = sinceMs
    const { softTimeLimit: soft, timeLimit: hard } = job
    if (soft !== null) {
      const forMs = hard === null ? profileMs : Math.min((hard - soft) * 1000 - profileMarginMs, profileMs)
      if (forMs > 0) this.#after(soft, () => this.#look(threadId, forMs, events))
    }
    if (hard !== null) this.#after(hard, () => events.onTimeLimit(hard))
  }

  /** The job has ended. Resolves with where it hung, if it reached its soft limit. */
  async done(): Promise<HangProfile | null> {
    this.#done = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#ended()
    return this.#profile
  }

  #look(threadId: number, forMs: number, { mayLook, onHang }: JobWatchEvents): void {
    if (!looks.has(threadId) && (looks.size >= maxLooks || !mayLook())) return
    const until = new Promise<void>((resolve) => (this.#ended = resolve))
    const look =
      looks.get(threadId) ??
      profileThread(threadId, { forMs, until, maxBytes: profileBytes }).finally(() => looks.delete(threadId))
    looks.set(threadId, look)
    this.#profile = look.then((profile) => {
      if (profile !== null && !this.#done) onHang(profile)
      return profile
    })
  }

  #after(seconds: number, action: () => void): void {
    this.#timers.push(setTimeout(action, Math.max(seconds * 1000 - this.#sinceMs, 0)))
  }
}

/** The failure of a task that reached a time limit tells where it hung; its own stack would show the timer that noticed. */
export function withProfile(outcome: Outcome, profile: HangProfile): Outcome {
  if (!('error' in outcome)) return outcome
  const { error } = outcome
  const where = profile.stack ?? '    (the thread was waiting)'
  const own = error.type.endsWith('TimeLimitExceeded') ? null : error.stack
  const head = own ?? `${error.type}: ${error.message}`
  const stack = `${head}\nWhere the thread was at the soft time limit:\n${where}`
  return { ...outcome, error: { ...error, stack }, profile }
}
