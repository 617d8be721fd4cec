import type { Logger } from '../logger.ts'
import type { Outcome } from '../outcome.ts'
import { maxBatchedBody } from './batch.ts'
import { BriefRuns } from './brief-runs.ts'
import type { Job, OnLog, OnState, Pool, PoolKind, ThreadData } from './pool.ts'
import { SingleRuns } from './single-runs.ts'
import { ThreadCrew } from './thread-crew.ts'
import type { ThreadCounts } from './thread-health.ts'

/** What a thread pool is made of. */
export interface ThreadPoolOptions extends ThreadData {
  /** `threads`: one task at a time on a thread. `async`: the tasks are spread over a few threads, many on each. */
  readonly kind: 'threads' | 'async'
  /** How many tasks run at once at the start, 1 or more. */
  readonly concurrency: number
  /** After so many tasks a thread is replaced; null: never. */
  readonly maxTasksPerChild: number | null
  /** KiB that a thread's heap may hold: above three quarters of it after a task the thread is replaced; null: Node's own bound. */
  readonly maxMemoryPerChild: number | null
  readonly onState: OnState
  readonly onLog: OnLog
  readonly logger: Pick<Logger, 'warn' | 'error'>
}

/**
 * Worker threads.
 *
 * 1. start: as many threads as there are processors (or tasks, if fewer) load the task files.
 * 2. run: a job that is expected to be short goes to a thread in a batch with others (BriefRuns), any other to a thread with
 *    room (SingleRuns); more threads start on demand, up to the concurrency (ThreadCrew).
 * 3. A job at its hard limit, or terminated, is ended with its thread. The others that run on that thread get the outcome
 *    `lost` as bystanders, and may be run again.
 * 4. A thread that dies takes down only the tasks that run on it; the next job finds another. A job that may be the one that
 *    ends threads gets one to itself.
 * 5. resize, restart: a thread that is to go ends when what runs on it has ended.
 */
export class ThreadPool implements Pool {
  readonly kind: PoolKind
  readonly sharesSlots: boolean
  readonly #crew: ThreadCrew
  readonly #single: SingleRuns
  readonly #brief: BriefRuns

  constructor(options: ThreadPoolOptions) {
    this.kind = options.kind
    const { logger } = options
    const crew = new ThreadCrew(options, {
      onHandedOut: (missing) => this.#brief.place(missing),
      onFree: (since) => this.#brief.placeFirst(since),
    })
    this.#crew = crew
    this.sharesSlots = crew.takesBatches
    this.#single = new SingleRuns(crew, logger)
    this.#brief = new BriefRuns({ crew, logger, runSingly: (job) => this.#single.run(job) })
  }

  get concurrency(): number {
    return this.#crew.concurrency
  }

  get threadIds(): readonly number[] {
    return this.#crew.threadIds
  }

  get counts(): ThreadCounts {
    return this.#crew.health.counts
  }

  get trouble(): string | null {
    return this.#crew.health.trouble
  }

  async start(): Promise<void> {
    this.#crew.start()
    await this.#single.ready()
  }

  run(job: Job): Promise<Outcome> {
    const { expectedMs, isolated, body } = job
    const brief = expectedMs !== null && !isolated && this.#crew.takesBatches && body.length <= maxBatchedBody
    return brief ? this.#brief.run(job, expectedMs) : this.#single.run(job)
  }

  flush(): void {
    this.#brief.flush()
  }

  threadOf(key: number): number | null {
    return this.#single.threadOf(key) ?? this.#brief.threadOf(key)
  }

  resize(concurrency: number): boolean {
    this.#crew.resize(concurrency)
    return true
  }

  restart(): boolean {
    this.#crew.restart()
    return true
  }

  terminate(key: number): void {
    this.#single.terminate(key)
    this.#brief.terminate(key)
  }

  async destroy(): Promise<void> {
    this.#single.stop()
    this.#brief.stop()
    await this.#crew.stop()
  }
}
