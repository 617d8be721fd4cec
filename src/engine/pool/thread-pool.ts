import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, TimeLimitExceeded } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { LossCause, Outcome } from '../outcome.ts'
import { JobWatch, withProfile } from './job-watch.ts'
import { lostOutcome, type Ending } from './lost-outcome.ts'
import { Permits } from './permits.ts'
import { PoolThread } from './pool-thread.ts'
import type { Job, JobReply, OnState, Pool, PoolKind, StateMessage, ThreadData } from './pool.ts'

/** How long a thread above the number of processors stays without work, and how often that is looked at, in milliseconds. */
const idleMs = 60_000
const idleCheckMs = 5_000

/** The wait after a thread that could not start, in milliseconds. */
const startRetryMs = 1_000

/** What a thread pool is made of. */
export interface ThreadPoolOptions extends ThreadData {
  /** `threads`: one task per thread. `async`: the tasks are spread over a few threads, many on each. */
  readonly kind: 'threads' | 'async'
  /** How many tasks run at once, 1 or more. */
  readonly concurrency: number
  /** After so many tasks a thread is replaced; null: never. */
  readonly maxTasksPerChild: number | null
  /** KiB that a thread's heap may hold: above three quarters of it after a task the thread is replaced; null: Node's own bound. */
  readonly maxMemoryPerChild: number | null
  readonly onState: OnState
  readonly logger: Pick<Logger, 'warn' | 'error'>
}

/**
 * Worker threads.
 *
 * 1. start: as many threads as there are processors (or tasks, if fewer) load the task files.
 * 2. run: a job goes to a thread with room; more threads start on demand, up to the concurrency.
 * 3. A job at its hard limit, or terminated, is ended with its thread. The others on that thread get the outcome `lost` as
 *    bystanders, and may be run again.
 * 4. A thread that dies takes down only the tasks on it; the next job finds another. A job that may be the one that ends
 *    threads gets one to itself.
 * 5. A thread that has served its time is replaced: while threads are recycled, one more than needed is kept ready.
 */
export class ThreadPool implements Pool {
  readonly kind: PoolKind
  readonly concurrency: number
  readonly sharesSlots: boolean
  readonly #options: ThreadPoolOptions
  readonly #capacity: number
  readonly #most: number
  readonly #least: number
  readonly #recycles: boolean
  /** Those that jobs are given to; and all, with those that are for one job alone. */
  readonly #threads = new Set<PoolThread>()
  readonly #created = new Set<PoolThread>()
  readonly #running = new Map<number, PoolThread>()
  readonly #endings = new Map<PoolThread, Ending>()
  #waiting: { resolve: (thread: PoolThread) => void; reject: (error: unknown) => void }[] = []
  readonly #isolation: Permits
  /** Jobs that have no thread yet; aborted when they are terminated. */
  readonly #pending = new Map<number, AbortController>()
  #idleTimer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: ThreadPoolOptions) {
    this.kind = options.kind
    this.concurrency = options.concurrency
    this.#options = options
    const processors = availableParallelism()
    this.#most = options.kind === 'threads' ? options.concurrency : Math.min(options.concurrency, processors)
    this.#least = Math.min(this.#most, processors)
    this.#capacity = Math.ceil(options.concurrency / this.#most)
    this.#isolation = new Permits(this.#least)
    this.#recycles = options.maxTasksPerChild !== null || options.maxMemoryPerChild !== null
    this.sharesSlots = options.kind === 'threads' && !this.#recycles
  }

  async start(): Promise<void> {
    // The task files were already checked on the main thread: nobody needs to wait.
    while (this.#threads.size < this.#least) this.#add()
    this.#keepSpare()
    this.#idleTimer = setInterval(() => this.#endIdle(), idleCheckMs).unref()
  }

  async run(job: Job): Promise<Outcome> {
    const pending = new AbortController()
    this.#pending.set(job.key, pending)
    if (!job.isolated) return this.#runOn(() => this.#acquire(), job, pending.signal)
    // A few at a time, on threads beyond what the concurrency allows: one that hangs does not hold up the others.
    const permitted = await this.#isolation.take(pending.signal)
    try {
      return await this.#runOn(async () => this.#create(1).reserve(), job, pending.signal)
    } finally {
      if (permitted) this.#isolation.release()
    }
  }

  terminate(key: number): void {
    this.#pending.get(key)?.abort()
    this.#endUnder(key, 'terminated', new Error('revoked'))
  }

  async destroy(): Promise<void> {
    this.#stopped = true
    if (this.#idleTimer !== null) clearInterval(this.#idleTimer)
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the pool has ended'))
    for (const pending of this.#pending.values()) pending.abort()
    await Promise.all([...this.#created].map((thread) => thread.end()))
  }

  async #runOn(acquire: () => Promise<PoolThread>, job: Job, terminated: AbortSignal): Promise<Outcome> {
    const started = performance.now()
    const thread = terminated.aborted ? null : await this.#started(acquire)
    this.#pending.delete(job.key)
    if (terminated.aborted) {
      thread?.release()
      if (thread !== null && !this.#threads.has(thread)) void thread.end()
      this.#handOut()
      const ending = { key: job.key, cause: 'terminated', error: new Error('revoked') } as const
      const thrown = new Error('the pool has ended')
      return lostOutcome({ thread: null, ending, job, thrown, stopped: this.#stopped, runtimeMs: 0 })
    }
    if (thread === null) return this.#lost(null, job, new Error('the pool has ended'), 0)
    this.#running.set(job.key, thread)
    const watch = new JobWatch(job, thread.threadId, {
      mayLook: () => PoolThread.ending === 0,
      onTimeLimit: (seconds) => this.#endUnder(job.key, 'timeLimit', new TimeLimitExceeded(seconds)),
      onHang: ({ stack }) =>
        this.#options.logger.warn({ task: job.name, id: job.id, stack }, 'task goes on after its soft time limit'),
    })
    const replied = thread.run(job)
    this.#keepSpare()
    let reply: JobReply | null = null
    let outcome: Outcome
    try {
      reply = await replied
      outcome = reply.outcome
    } catch (error) {
      outcome = this.#lost(thread, job, error, performance.now() - started)
    }
    this.#running.delete(job.key)
    const profile = await watch.done()
    if (reply !== null) this.#retireIfDue(thread, reply)
    this.#handOut()
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
        this.#options.logger.error({ error: messageOf(error) }, 'a thread could not start; trying again')
        await delay(startRetryMs, null, { ref: false })
      }
    }
    return null
  }

  /** A thread with room: the first one, so that the last ones may end; for many tasks on a thread, the least busy. */
  #free(): PoolThread | undefined {
    const free = [...this.#threads].filter((thread) => thread.free)
    return this.#capacity === 1 ? free[0] : free.toSorted((a, b) => a.busy - b.busy)[0]
  }

  async #acquire(): Promise<PoolThread> {
    if (this.#stopped) throw new Error('the pool has ended')
    const free = this.#waiting.length === 0 ? this.#free() : undefined
    if (free !== undefined) return free.reserve()
    const thread = new Promise<PoolThread>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#handOut()
    return thread
  }

  /** Gives free threads to those who wait, and starts more threads where there may be more. */
  #handOut(): void {
    for (let thread = this.#free(); thread !== undefined && this.#waiting.length > 0; thread = this.#free()) {
      this.#waiting.shift()?.resolve(thread.reserve())
    }
    if (this.#stopped) return
    const starting = [...this.#threads].filter((thread) => thread.starting).length
    for (let missing = this.#waiting.length - starting * this.#capacity; missing > 0; missing -= this.#capacity) {
      if (this.#live() >= this.#most) break
      this.#add()
    }
  }

  #live(): number {
    return [...this.#threads].filter((thread) => !thread.retired).length
  }

  /** While threads are recycled: one that is ready, or about to be, for whoever comes when the next one is replaced. */
  #keepSpare(): void {
    if (!this.#recycles || this.#stopped || this.#live() > this.#most) return
    if (![...this.#threads].some((thread) => thread.free || thread.starting)) this.#add()
  }

  #add(): void {
    const thread = this.#create(this.#capacity)
    this.#threads.add(thread)
    thread.ready.then(
      () => this.#handOut(),
      (error: unknown) => this.#waiting.shift()?.reject(error),
    )
  }

  #create(capacity: number): PoolThread {
    const { files, settings, maxResultBytes, maxMemoryPerChild: maxHeapKiB, onState } = this.#options
    const thread = new PoolThread({
      data: { files, settings, maxResultBytes },
      capacity,
      maxHeapKiB,
      onState: ({ key, state, meta }: StateMessage) => onState(key, state, meta),
      onGone: (gone) => {
        this.#created.delete(gone)
        this.#threads.delete(gone)
        // Whole again at once: the next job need not wait for a thread to start.
        if (gone.started && !this.#stopped && this.#threads.size < this.#least) this.#add()
        this.#handOut()
      },
    })
    this.#created.add(thread)
    return thread
  }

  #retireIfDue(thread: PoolThread, { outcome, heapKiB }: JobReply): void {
    const { maxTasksPerChild, maxMemoryPerChild } = this.#options
    const served = maxTasksPerChild !== null && thread.served >= maxTasksPerChild
    const full = maxMemoryPerChild !== null && heapKiB > maxMemoryPerChild * 0.75
    if (served || full || outcome.leftRunning === true || !this.#threads.has(thread)) thread.retired = true
    if (!thread.retired || thread.busy > 0) return
    void thread.end()
    this.#keepSpare()
  }

  /** Ends the thread under a job, for its own sake. */
  #endUnder(key: number, cause: LossCause, error: Error): void {
    const thread = this.#running.get(key)
    if (thread === undefined) return
    this.#endings.set(thread, { key, cause, error })
    void thread.end().finally(() => this.#endings.delete(thread))
  }

  #lost(thread: PoolThread | null, job: Job, thrown: unknown, runtimeMs: number): Outcome {
    const ending = thread === null ? undefined : this.#endings.get(thread)
    return lostOutcome({ thread, ending, job, thrown, stopped: this.#stopped, runtimeMs })
  }

  #endIdle(): void {
    for (const thread of this.#threads) {
      const idle = thread.free && thread.busy === 0 && performance.now() - thread.idleSince > idleMs
      if (idle && this.#threads.size > this.#least + (this.#recycles ? 1 : 0)) void thread.end()
    }
  }
}
