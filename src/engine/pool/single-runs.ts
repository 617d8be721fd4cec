import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, TimeLimitExceeded } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Outcome } from '../outcome.ts'
import { JobWatch, withProfile } from './job-watch.ts'
import { lostOutcome, stoppedUnbegun, terminatedUnbegun } from './lost-outcome.ts'
import { Permits } from './permits.ts'
import { PoolThread } from './pool-thread.ts'
import type { Job, JobReply } from './pool.ts'
import { startRetryMs, type ThreadCrew } from './thread-crew.ts'

/**
 * Jobs that go to a thread one by one: those that may take long, and all in the async pool.
 *
 * 1. run: a thread with room; for a job that may be the one that ends threads, one to itself.
 * 2. The job's time is watched. At its hard limit, or when it is terminated, its thread ends, and the others on it get the
 *    outcome `lost` as bystanders.
 * 3. The thread gives a reply, or dies; either is an outcome.
 */
export class SingleRuns {
  readonly #crew: ThreadCrew
  readonly #logger: Pick<Logger, 'warn' | 'error'>
  readonly #isolation: Permits
  readonly #running = new Map<number, PoolThread>()
  /** Jobs that have no thread yet; aborted when they are terminated. */
  readonly #pending = new Map<number, AbortController>()
  #stopped = false

  constructor(crew: ThreadCrew, logger: Pick<Logger, 'warn' | 'error'>) {
    this.#crew = crew
    this.#logger = logger
    this.#isolation = new Permits(crew.least)
  }

  async run(job: Job): Promise<Outcome> {
    const pending = new AbortController()
    this.#pending.set(job.key, pending)
    if (!job.isolated) return this.#runOn(() => this.#crew.acquire(), job, pending.signal)
    // A few at a time, on threads beyond what the concurrency allows: one that hangs does not hold up the others.
    const permitted = await this.#isolation.take(pending.signal)
    try {
      return await this.#runOn(async () => this.#crew.alone(), job, pending.signal)
    } finally {
      if (permitted) this.#isolation.release()
    }
  }

  /** Resolves when a thread takes jobs, or the pool has ended. */
  async ready(): Promise<void> {
    const thread = await this.#started(() => this.#crew.acquire())
    thread?.release()
    this.#crew.handOut()
  }

  /** The thread that a job runs on; null: it waits for its thread. */
  threadOf(key: number): number | null {
    return this.#running.get(key)?.threadId ?? null
  }

  terminate(key: number): void {
    this.#pending.get(key)?.abort()
    this.#running.get(key)?.endFor({ key, cause: 'terminated', error: new Error('revoked') })
  }

  /** Nothing begins any more; what runs ends with its thread. */
  stop(): void {
    this.#stopped = true
    for (const pending of this.#pending.values()) pending.abort()
  }

  async #runOn(acquire: () => Promise<PoolThread>, job: Job, terminated: AbortSignal): Promise<Outcome> {
    const started = performance.now()
    const thread = terminated.aborted ? null : await this.#started(acquire)
    this.#pending.delete(job.key)
    if (terminated.aborted) {
      thread?.release()
      if (thread !== null && !this.#crew.threads.has(thread)) {
        thread.retired = true
        void thread.end()
      }
      this.#crew.handOut()
      return this.#stopped ? stoppedUnbegun(job) : terminatedUnbegun(job)
    }
    if (thread === null) return stoppedUnbegun(job)
    this.#running.set(job.key, thread)
    const watch = new JobWatch(job, thread.threadId, {
      mayLook: () => PoolThread.ending === 0,
      onTimeLimit: (seconds) =>
        thread.endFor({ key: job.key, cause: 'timeLimit', error: new TimeLimitExceeded(seconds) }),
      onHang: ({ stack }) =>
        this.#logger.warn({ task: job.name, taskId: job.id, stack }, 'task goes on after its soft time limit'),
    })
    const replied = thread.run(job)
    this.#crew.keepSpare()
    let reply: JobReply | null = null
    let outcome: Outcome
    try {
      reply = await replied
      outcome = reply.outcome
    } catch (thrown) {
      const { ending, endedAlone: alone } = thread
      const runtimeMs = performance.now() - started
      outcome = lostOutcome({ ending, job, alone, begun: true, thrown, stopped: this.#stopped, runtimeMs })
    }
    this.#running.delete(job.key)
    const profile = await watch.done()
    if (reply !== null) this.#crew.retireIfDue(thread, reply)
    this.#crew.handOut()
    return profile === null ? outcome : withProfile(outcome, profile)
  }

  /** A thread that takes the job now. One that can't start is nobody's fault: it is tried again. null: the pool has ended. */
  async #started(acquire: () => Promise<PoolThread>): Promise<PoolThread | null> {
    while (!this.#stopped) {
      try {
        const thread = await acquire()
        await thread.ready
        // It may have ended between the two: then nothing was started on it.
        if (!thread.gone) return thread
      } catch (error) {
        if (this.#stopped) break
        this.#logger.error({ error: messageOf(error) }, 'a thread could not start; trying again')
        await delay(startRetryMs, null, { ref: false })
      }
    }
    return null
  }
}
