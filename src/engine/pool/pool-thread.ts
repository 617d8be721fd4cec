import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { Outcome } from '../outcome.ts'
import type { Batch } from './batch.ts'
import type { BatchCells } from './batch-cells.ts'
import { BatchLink } from './batch-link.ts'
import type { Ending } from './lost-outcome.ts'
import { threadLost } from './lost-thread.ts'
import {
  isLogMessage,
  isStateMessage,
  type Job,
  type JobReply,
  type LogMessage,
  type StateMessage,
  type ThreadData,
  type ThreadLink,
} from './pool.ts'

/** How long a thread that is to end may take to send on the spans that it holds, in milliseconds. */
const flushMs = 2_500

/** More jobs than a thread is ever given at once: Piscina's own bound, which can't be changed later. */
const mostJobs = 100_000

/** What a thread is made of. */
export interface PoolThreadOptions {
  readonly data: ThreadData
  /** How many jobs it runs at once, at first. */
  readonly capacity: number
  /** Most that its heap may hold, in KiB; null: Node's own bound. */
  readonly maxHeapKiB: number | null
  readonly onState: (message: StateMessage) => void
  readonly onLog: (message: LogMessage) => void
  /** Told when it is through with a job, or with short ones that came together. */
  readonly onWorked: () => void
  /** Told once, when the thread has ended, however. */
  readonly onGone: (thread: PoolThread) => void
}

/**
 * One thread, run by a Piscina of its own: so it is known which jobs are on it, and it can be ended without the others.
 *
 * 1. It starts, and loads the task files; `ready` resolves.
 * 2. run: a job goes in, a reply comes out. When the thread ends, every job on it rejects with a WorkerLostError.
 * 3. runBatch: short jobs go in, by a way of their own (`BatchLink`); what became of each is in `cells`, or comes by `receive`.
 * 4. It ends by itself (a crash), or by `end`, or for the sake of one job by `endFor`.
 */
export class PoolThread {
  /** How many threads of this process are being ended at present. */
  static ending = 0
  /** Resolves when it takes jobs; rejects where it could not start. */
  readonly ready: Promise<void>
  /** No new jobs: it is to end when those on it are done. */
  retired = false
  /** How many jobs have gone through it. */
  served = 0
  /** When it last had work: `performance.now()`. */
  idleSince = performance.now()
  /** How many jobs it runs at once. Where more are on it than that, they go on. */
  capacity: number
  readonly #link = new BatchLink()
  readonly #piscina: Piscina<Job | ThreadLink | null, JobReply | undefined>
  readonly #traced: boolean
  readonly #onWorked: () => void
  readonly #onGone: (thread: PoolThread) => void
  #ending: Ending | null = null
  #gone = false
  #jobs = 0
  #batches = 0
  #reserved = 0
  #endedAlone = true
  #ready = false
  #ended: Promise<void> | null = null
  #watched = false

  constructor(options: PoolThreadOptions) {
    const { data, capacity, maxHeapKiB, onState, onLog, onWorked, onGone } = options
    this.capacity = capacity
    this.#traced = data.tracing !== null
    this.#onWorked = onWorked
    this.#onGone = onGone
    this.#piscina = new Piscina<Job | ThreadLink | null, JobReply | undefined>({
      filename: fileURLToPath(new URL('./bootstrap.mjs', import.meta.url)),
      name: 'run',
      // Not 1: a thread that has ended is not to come back here.
      minThreads: 0,
      maxThreads: 1,
      // It may not refuse what was let in here: that is counted by `free`, whose bound may change.
      concurrentTasksPerWorker: mostJobs,
      idleTimeout: Infinity,
      // 'sync', the default, freezes a thread's event loop between tasks: timers and keep-alive connections would stop.
      atomics: 'async',
      recordTiming: false,
      workerData: { ...data, typescript: import.meta.url.endsWith('.ts') },
      ...(maxHeapKiB !== null && { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(maxHeapKiB / 1024) } }),
    })
    // User code may post what it likes.
    this.#piscina.on('message', (message: unknown) => {
      if (isStateMessage(message)) onState(message)
      else if (isLogMessage(message)) onLog(message)
    })
    // However it ended: when it exits without a job there is no error.
    this.#piscina.on('workerDestroy', () => this.#leave())
    // An error outside any job. Without a listener it would end the process.
    this.#piscina.on('error', () => void this.end())
    this.ready = this.#start()
    this.ready.catch(() => undefined)
  }

  /** Its number, as Node counts threads; 0 where there is none. */
  get threadId(): number {
    return this.#piscina.threads[0]?.threadId ?? 0
  }

  /** What became of the short jobs on it. */
  get cells(): BatchCells {
    return this.#link.cells
  }

  /** Whether it is still loading the task files. */
  get starting(): boolean {
    return !this.#ready && !this.#gone
  }

  /** Whether it has ever been ready. */
  get started(): boolean {
    return this.#ready
  }

  /** Whether it has room for a job now. */
  get free(): boolean {
    return this.#ready && !this.#gone && !this.retired && this.busy < this.capacity
  }

  /** Whether it takes short jobs now: nothing else is on it. */
  get takesBatch(): boolean {
    return this.#ready && !this.#gone && !this.retired && this.#jobs + this.#reserved === 0
  }

  /** How many jobs and batches are on it, or about to be. */
  get busy(): number {
    return this.#jobs + this.#batches + this.#reserved
  }

  /** For which job's sake the pool ended it, if it did. */
  get ending(): Ending | null {
    return this.#ending
  }

  get gone(): boolean {
    return this.#gone
  }

  /** Keeps room for a job that is about to come: nobody else gets it until then. */
  reserve(): this {
    this.#reserved += 1
    return this
  }

  /** The job does not come after all. */
  release(): void {
    this.#reserved -= 1
  }

  /** Whether at most one job was on it when it ended, so that it was that one's doing. */
  get endedAlone(): boolean {
    return this.#endedAlone
  }

  /**
   * Runs a job for which room was reserved.
   *
   * @throws WorkerLostError when the thread ends under the job
   */
  async run(job: Job): Promise<JobReply> {
    this.#reserved -= 1
    this.#jobs += 1
    try {
      const reply = (await this.#piscina.run(job)) as JobReply
      // Before its room is given back: nobody may share the thread with what goes on in it.
      if (reply.outcome.leftRunning === true) this.retired = true
      this.#onWorked()
      return reply
    } catch (error) {
      void this.end()
      throw threadLost(error)
    } finally {
      this.#jobs -= 1
      this.served += 1
      this.idleSince = performance.now()
    }
  }

  /**
   * Sends short jobs. Resolves when the thread is through with them.
   *
   * @throws WorkerLostError when the thread ends before that
   */
  async runBatch(batch: Batch): Promise<void> {
    this.#batches += 1
    try {
      this.#watch()
      await this.#link.send(batch)
      this.#onWorked()
    } finally {
      this.#batches -= 1
      this.idleSince = performance.now()
    }
  }

  /** The next outcome that fitted into no cell. A cell that says so comes after its outcome. */
  receive(): Outcome | null {
    return this.#link.receive()
  }

  /** Ends the thread now, for the sake of one job. */
  endFor(ending: Ending): void {
    this.#ending ??= ending
    void this.end()
  }

  /** Ends the thread; where its runs are traced and nothing is on it, when their spans have been sent on. */
  async close(): Promise<void> {
    if (this.#traced && this.#ready && !this.#gone && this.busy === 0) {
      // Nothing comes on it meanwhile.
      this.retired = true
      const flushed = this.#piscina.run(null, { name: 'flush' }).catch(() => undefined)
      await Promise.race([flushed, delay(flushMs, null, { ref: false })])
    }
    await this.end()
  }

  /** Ends the thread now, whatever it does. */
  async end(): Promise<void> {
    this.#leave()
    // Where no thread could be made Piscina still holds the first job; to destroy it would reject what nobody awaits.
    this.#ended ??= this.#piscina.threads.length > 0 ? this.#destroy() : Promise.resolve()
    await this.#ended
  }

  async #destroy(): Promise<void> {
    PoolThread.ending += 1
    try {
      await this.#piscina.destroy()
    } finally {
      PoolThread.ending -= 1
    }
  }

  /** Learns by a job without an end when the thread ends, and with which error: batches are no jobs of Piscina's. */
  #watch(): void {
    if (this.#watched) return
    this.#watched = true
    this.#piscina.run(null, { name: 'watch' }).catch((error: unknown) => {
      void this.end()
      this.#link.lose(threadLost(error))
    })
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#endedAlone = this.#jobs <= 1
    this.#onGone(this)
  }

  async #start(): Promise<void> {
    // A thread that can't be made fails at once: whoever made this must have got it before it is told.
    await Promise.resolve()
    const { link, transfer } = this.#link.ends()
    try {
      if (this.#gone) throw new Error('it was ended before it started')
      await this.#piscina.run(link, { name: 'ready', transferList: transfer })
      this.#ready = true
    } catch (error) {
      this.#link.close()
      void this.end()
      throw threadLost(error)
    }
  }
}
