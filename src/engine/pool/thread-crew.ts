import { messageOf } from '../errors.ts'
import { crewSize, type CrewSize } from './crew-size.ts'
import { LeavingThreads } from './leaving-threads.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { PoolThread } from './pool-thread.ts'
import type { JobReply, LogMessage, StateMessage } from './pool.ts'
import { ThreadHealth } from './thread-health.ts'
import type { ThreadPoolOptions } from './thread-pool.ts'

/** How long a thread above the number of processors stays without work, and how often that is looked at, in milliseconds. */
const idleMs = 60_000
const idleCheckMs = 5_000

/** The wait after a thread that could not start, in milliseconds. */
export const startRetryMs = 1_000

/** What it tells, and asks. */
export interface CrewEvents {
  /** Threads were given to all who wait and can have one; so many still wait, and no thread is about to be ready for them. */
  readonly onHandedOut: (missing: number) => void
  /** A free thread is about to be given to somebody who waits since then (`performance.now()`); others may wait for longer. */
  readonly onFree: (since: number) => void
}

/** Somebody who waits for a thread. */
interface Waiting {
  readonly since: number
  readonly resolve: (thread: PoolThread) => void
  readonly reject: (error: unknown) => void
}

/**
 * The threads of a pool, and who gets which.
 *
 * 1. start: as many as there are processors (or jobs at once, if fewer) load the task files.
 * 2. acquire: a thread with room; more start on demand. Who gets none waits, in order.
 * 3. A thread that dies is replaced. One that has served its time, too: while threads are recycled, one more than needed is
 *    kept ready.
 * 4. Those above the number of processors end when they have had no work for a minute.
 * 5. resize, restart: those that are to go take no new jobs, and end when they have none.
 */
export class ThreadCrew {
  readonly recycles: boolean
  readonly health = new ThreadHealth()
  readonly #options: ThreadPoolOptions
  readonly #events: CrewEvents
  #concurrency: number
  #size: CrewSize
  /** Those that jobs are given to; and all, with those that are for one job alone. */
  readonly #threads = new Set<PoolThread>()
  readonly #created = new Set<PoolThread>()
  readonly #leaving = new LeavingThreads()
  readonly #restarts = new OneAtATime(() => this.#replaceAll())
  #waiting: Waiting[] = []
  #idleTimer: NodeJS.Timeout | null = null
  #stopped = false
  /** After a thread that could not start: `performance.now()`. */
  #startsFrom = 0
  #refillTimer: NodeJS.Timeout | null = null

  constructor(options: ThreadPoolOptions, events: CrewEvents) {
    this.#options = options
    this.#events = events
    this.#concurrency = options.concurrency
    this.#size = crewSize(options.kind, options.concurrency)
    this.recycles = options.maxTasksPerChild !== null || options.maxMemoryPerChild !== null
  }

  /** How many jobs run at once. */
  get concurrency(): number {
    return this.#concurrency
  }

  /** How many threads there are for sure. */
  get least(): number {
    return this.#size.least
  }

  /** Their numbers, as Node counts them. */
  get threadIds(): number[] {
    return [...this.#created].map(({ threadId }) => threadId).filter((id) => id > 0)
  }

  /** Whether jobs may share a thread one after another. */
  get takesBatches(): boolean {
    return this.#options.kind === 'threads' && !this.recycles
  }

  /** Those that jobs are given to. */
  get threads(): ReadonlySet<PoolThread> {
    return this.#threads
  }

  start(): void {
    // The task files were already checked on the main thread: nobody needs to wait.
    this.#fill()
    this.keepSpare()
    this.#idleTimer = setInterval(() => this.#endIdle(), idleCheckMs).unref()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#idleTimer !== null) clearInterval(this.#idleTimer)
    if (this.#refillTimer !== null) clearTimeout(this.#refillTimer)
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the pool has ended'))
    for (const thread of this.#created) thread.retired = true
    await Promise.all([...this.#created].map((thread) => thread.close()))
  }

  /** Changes how many jobs run at once; of the threads that are too many those with the least to do go. */
  resize(concurrency: number): void {
    this.#concurrency = concurrency
    this.#size = crewSize(this.#options.kind, concurrency)
    for (const thread of this.#threads) thread.capacity = this.#size.capacity
    const surplus = this.#live() - this.#size.most - (this.recycles ? 1 : 0)
    const byLoad = [...this.#threads].filter(({ retired }) => !retired).toSorted((a, b) => a.busy - b.busy)
    for (const thread of byLoad.slice(0, Math.max(surplus, 0))) this.#leaving.add(thread)
    this.#fill()
    this.handOut()
  }

  /** Has new threads take the place of all there are: where one can start. Else the old ones stay, and the log tells why. */
  restart(): void {
    this.#restarts.ask()
  }

  /** A thread with room for one more job, which is reserved. Rejects when the pool ends, or a thread could not start. */
  async acquire(): Promise<PoolThread> {
    if (this.#stopped) throw new Error('the pool has ended')
    const free = this.#waiting.length === 0 ? this.#free() : undefined
    if (free !== undefined) return free.reserve()
    const since = performance.now()
    const thread = new Promise<PoolThread>((resolve, reject) => this.#waiting.push({ since, resolve, reject }))
    this.handOut()
    return thread
  }

  /** A thread for one job alone, beyond what the concurrency allows. */
  alone(): PoolThread {
    return this.#create(1).reserve()
  }

  /** Gives free threads to those who wait, and starts more threads where there may be more. */
  handOut(): void {
    this.#leaving.endIdle()
    for (let [next] = this.#waiting; next !== undefined && this.#free() !== undefined; [next] = this.#waiting) {
      this.#events.onFree(next.since)
      const thread = this.#free()
      if (thread === undefined) break
      this.#waiting.shift()
      next.resolve(thread.reserve())
    }
    if (this.#stopped) return
    let missing = this.#waiting.length - this.#starting() * this.#size.capacity
    for (; missing > 0 && this.mayStart; missing -= this.#size.capacity) this.#add()
    this.#events.onHandedOut(Math.max(missing, 0))
  }

  /** Whether one more thread may be started. */
  get mayStart(): boolean {
    return !this.#stopped && this.#live() < this.#size.most
  }

  /** Whether a thread is about to be ready. */
  get starts(): boolean {
    return this.#starting() > 0
  }

  /** Starts one more thread, where there may be one and none is about to be ready. */
  startOne(): void {
    if (this.mayStart && !this.starts && performance.now() >= this.#startsFrom) this.#add()
  }

  /** While threads are recycled: one that is ready, or about to be, for whoever comes when the next one is replaced. */
  keepSpare(): void {
    if (!this.recycles || this.#stopped || this.#live() > this.#size.most) return
    if (![...this.#threads].some((thread) => thread.free || thread.starting)) this.#add()
  }

  /** Ends a thread after a job, if its time has come. */
  retireIfDue(thread: PoolThread, { outcome, heapKiB }: JobReply): void {
    const { maxTasksPerChild, maxMemoryPerChild } = this.#options
    const served = maxTasksPerChild !== null && thread.served >= maxTasksPerChild
    const full = maxMemoryPerChild !== null && heapKiB > maxMemoryPerChild * 0.75
    if (served || full || outcome.leftRunning === true || !this.#threads.has(thread)) thread.retired = true
    if (!thread.retired || thread.busy > 0) return
    this.#leaving.add(thread)
    this.keepSpare()
  }

  /** A thread with room: the first one, so that the last ones may end; for many tasks on a thread, the least busy. */
  #free(): PoolThread | undefined {
    const free = [...this.#threads].filter((thread) => thread.free)
    return this.#size.capacity === 1 ? free[0] : free.toSorted((a, b) => a.busy - b.busy)[0]
  }

  async #replaceAll(): Promise<void> {
    if (this.#stopped) return
    const old = [...this.#threads].filter(({ retired }) => !retired)
    const isReady = await this.#add().ready.then(
      () => true,
      () => false,
    )
    if (this.#stopped || !isReady) return
    for (const thread of old) this.#leaving.add(thread)
    this.#fill()
    this.handOut()
  }

  #live(): number {
    return [...this.#threads].filter((thread) => !thread.retired).length
  }

  #starting(): number {
    return [...this.#threads].filter((thread) => thread.starting && !thread.retired).length
  }

  #fill(): void {
    while (!this.#stopped && this.#live() < this.#size.least) this.#add()
  }

  #add(): PoolThread {
    const thread = this.#create(this.#size.capacity)
    this.#threads.add(thread)
    thread.ready.then(
      () => this.handOut(),
      (error: unknown) => this.#notStarted(error),
    )
    return thread
  }

  /** It is nobody's fault, and tried again: by whoever waits, when the next short job comes, or in a while. */
  #notStarted(error: unknown): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) return waiting.reject(error)
    if (this.#stopped) return
    this.#startsFrom = performance.now() + startRetryMs
    this.#options.logger.error({ error: messageOf(error) }, 'a thread could not start')
    this.#refillTimer ??= setTimeout(() => {
      this.#refillTimer = null
      this.#fill()
    }, startRetryMs).unref()
  }

  #create(capacity: number): PoolThread {
    const { files, settings, maxResultBytes, tracing, onState, onLog, logger } = this.#options
    const thread = new PoolThread({
      data: { files, settings, maxResultBytes, tracing },
      capacity,
      maxHeapKiB: this.#options.maxMemoryPerChild,
      onState: ({ key, state, meta }: StateMessage) => onState(key, state, meta),
      onLog: ({ log, lost }: LogMessage) => {
        log.forEach(onLog)
        if (lost > 0) logger.warn({ lost }, 'tasks logged too much at once: lines were left out')
      },
      onWorked: () => this.health.worked(),
      onGone: (gone) => {
        this.#created.delete(gone)
        this.#threads.delete(gone)
        if (gone.started) this.health.ended(gone)
        // Whole again at once: the next job need not wait for a thread to start.
        if (gone.started && !this.#stopped && this.#live() < this.#size.least) this.#add()
        this.handOut()
      },
    })
    this.#created.add(thread)
    thread.ready.then(
      () => this.health.started(),
      (error: unknown) => {
        if (!thread.retired && !this.#stopped) this.health.notStarted(error)
      },
    )
    return thread
  }

  #endIdle(): void {
    this.#leaving.endIdle()
    for (const thread of this.#threads) {
      const idle = thread.free && thread.busy === 0 && performance.now() - thread.idleSince > idleMs
      if (idle && this.#live() > this.#size.least + (this.recycles ? 1 : 0)) this.#leaving.add(thread)
    }
  }
}
