import type { Logger } from '../logger.ts'
import type { Outcome } from '../outcome.ts'
import { patienceMs, type Brief, type BriefLane } from './brief-lane.ts'
import { BriefLanes } from './brief-lanes.ts'
import { BriefQueue } from './brief-queue.ts'
import { tellOutcome, watchBrief } from './brief-watch.ts'
import { lostOutcome, stoppedUnbegun, terminatedUnbegun } from './lost-outcome.ts'
import { Pace } from './pace.ts'
import type { Job } from './pool.ts'
import type { ThreadCrew } from './thread-crew.ts'

/**
 * How often the threads with short jobs are looked at, in milliseconds: where another thread could take what waits on them, and where
 * none could. A look wakes the main thread, which has to share a processor with threads that compute.
 */
const lookMs = { fine: 1, coarse: 3 } as const

/** For how long a short job waits for its start, in milliseconds, before it is left to others. */
const maxWaitMs = 20

/** A thread that has not begun the next short job after so long, without running another, is replaced, in milliseconds. */
const maxBlockedMs = 5_000

/** With so much short work on every thread another one is started, in milliseconds. */
const busyMs = 1

/** So much work goes to one thread before another gets some, in milliseconds: full batches cost less. */
const portionMs = 0.5

/** What even the shortest job takes of a thread, in milliseconds. */
const leastCostMs = 0.005

/** A job that waited on so many threads that died goes to one by itself. */
const maxDeaths = 3

/** What it works with. */
export interface BriefRunsOptions {
  readonly crew: ThreadCrew
  readonly logger: Pick<Logger, 'warn'>
  /** Runs a job on a thread of its own. */
  readonly runSingly: (job: Job) => Promise<Outcome>
}

/**
 * Jobs that are expected to be short share threads, and travel there in batches.
 *
 * 1. run: jobs handed over in one turn of the event loop, up to a `flush`, are gathered, then placed: each on the thread with the least such
 *    work. Where there is room on none they wait.
 * 2. What is done is collected when a batch ends, and every few milliseconds while there are any.
 * 3. One that runs for longer than a few milliseconds gets its time limits watched. Those behind it are taken back where
 *    another thread has nothing to do; who waits for 20 ms in all is `unstarted`.
 * 4. A thread that is busy with what a task left behind there, for seconds, is ended.
 * 5. A thread ends under them: what was done is collected, one is lost, and those that had not begun are placed again.
 */
export class BriefRuns {
  readonly #options: BriefRunsOptions
  readonly #lanes: BriefLanes
  readonly #queue = new BriefQueue()
  readonly #looks = new Pace(() => this.#look())
  #stopped = false

  constructor(options: BriefRunsOptions) {
    this.#options = options
    this.#lanes = new BriefLanes((lane) => ({
      onBatch: () => this.#progress(lane()),
      onLost: (error) => this.#close(lane(), error),
    }))
  }

  run(job: Job, expectedMs: number): Promise<Outcome> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve(stoppedUnbegun(job))
      const costMs = Math.max(expectedMs, leastCostMs)
      const isFirst = this.#queue.gather({ job, resolve, costMs, since: 0, deaths: 0, watch: null })
      if (isFirst) process.nextTick(() => this.flush())
    })
  }

  /** If any has waited for its place since before then, they get it, whoever a thread is kept for. */
  placeFirst(since: number): void {
    if (this.#queue.oldest >= since) return
    this.#lanes.keep(0)
    this.#place()
  }

  /** Keeps so many threads from new jobs, for those who need one to themselves; then places who waits. */
  place(kept: number): void {
    this.#lanes.closeGone()
    this.#lanes.keep(kept)
    if (this.#queue.length > 0) this.#place()
  }

  /** The thread that a job runs on; null: it waits, or is behind others there. */
  threadOf(key: number): number | null {
    for (const { running, thread } of this.#lanes) if (running?.job.key === key) return thread.threadId
    return null
  }

  terminate(key: number): void {
    for (const { job, resolve } of this.#queue.takeOut(key)) resolve(terminatedUnbegun(job))
    for (const lane of this.#lanes) {
      for (const brief of lane.takeBack(({ job }) => job.key === key)) brief.resolve(terminatedUnbegun(brief.job))
      // Those that are done and still stand in front would hide the one that runs.
      this.#collect(lane)
      if (lane.running?.job.key === key) this.#endUnder(lane, key, 'terminated', new Error('revoked'))
    }
  }

  /** Nothing begins any more; what runs ends with its thread. */
  stop(): void {
    this.#stopped = true
    const unbegun = [...this.#lanes].flatMap((lane) => lane.takeBack())
    for (const { job, resolve } of [...unbegun, ...this.#queue.takeAll()]) resolve(stoppedUnbegun(job))
    for (const lane of this.#lanes) this.#collect(lane)
    this.#looks.stop()
  }

  /** Places those that were gathered. */
  flush(): void {
    if (this.#queue.admit()) this.#place()
  }

  /** Places who waits, as far as there is room, and sends them. */
  #place(): void {
    if (this.#stopped) return
    const { crew } = this.#options
    this.#lanes.open(crew.threads)
    const filled = new Set<BriefLane>()
    let lane: BriefLane | null = null
    let portion = 0
    let placed = 0
    for (const brief of this.#queue) {
      if (lane === null || portion >= portionMs || !lane.hasRoom(brief.costMs)) {
        lane = this.#lanes.leastLoaded(brief.costMs)
        portion = 0
        if (lane === null || lane.loadMs >= busyMs) crew.startOne()
        if (lane === null) break
        filled.add(lane)
      }
      lane.add(brief)
      portion += brief.costMs
      placed += 1
    }
    this.#queue.leave(placed)
    for (const each of filled) each.send()
    this.#looks.start(lookMs.fine)
  }

  #progress(lane: BriefLane): void {
    this.#collect(lane)
    if (lane.thread.busy > 0) return void (this.#queue.length > 0 && this.#place())
    this.#options.crew.handOut()
    // It may be the one that others have waited for.
    if (!this.#lanes.areEmpty) this.#looks.now()
  }

  #collect(lane: BriefLane): void {
    lane.collect((brief, outcome) => {
      if (brief.watch === null && outcome.leftRunning !== true) return brief.resolve(outcome)
      return void this.#settle(lane, brief, outcome)
    })
  }

  /** The outcome of a job whose time was watched. */
  async #settle(lane: BriefLane, brief: Brief, outcome: Outcome): Promise<void> {
    // Nobody may share the thread with what goes on in it, and it must not end while it is looked at.
    if (outcome.leftRunning === true) {
      lane.thread.retired = true
      this.#queue.putFirst(lane.takeBack())
    }
    await tellOutcome(brief, outcome)
    if (outcome.leftRunning === true) void lane.thread.end()
  }

  /** The regular look at all threads with short jobs. Gives the time to the next one; null: there are none any more. */
  #look(): number | null {
    const now = performance.now()
    const { crew } = this.#options
    for (const lane of this.#lanes) {
      this.#collect(lane)
      lane.look(now)
      if (lane.stillMs >= patienceMs) this.#overdue(lane)
    }
    if (this.#queue.length > 0) this.#place()
    // A thread that is about to be ready is worth waiting for.
    const late = crew.starts ? [] : this.#queue.takeLate(now - maxWaitMs)
    for (const { resolve } of late) resolve({ kind: 'unstarted', runtimeMs: 0 })
    if (this.#queue.length === 0 && this.#lanes.areEmpty) return null
    return this.#anotherIsFree ? lookMs.fine : lookMs.coarse
  }

  /** Whether there is a thread with nothing to do, or there will be one. */
  get #anotherIsFree(): boolean {
    const { crew } = this.#options
    return crew.mayStart || crew.starts || [...crew.threads].some(({ busy, takesBatch }) => takesBatch && busy === 0)
  }

  /** One job runs for longer than it should: its limits are watched from now on, and those behind it go elsewhere. */
  #overdue(lane: BriefLane): void {
    const { crew, logger } = this.#options
    const brief = lane.running
    if (brief !== null && brief.watch === null) {
      const onTimeLimit = (error: Error): void => this.#endUnder(lane, brief.job.key, 'timeLimit', error)
      watchBrief(lane, brief, { logger, onTimeLimit })
    }
    // Whoever waits for this thread alone had better wait for another, as soon as one is better.
    if (brief !== null && lane.kept) crew.handOut()
    if (brief === null && lane.stillMs >= maxBlockedMs) {
      logger.warn({}, 'a thread begins nothing any more, for what a task left behind there: it is replaced')
      lane.thread.retired = true
      void lane.thread.end()
    }
    if (lane.size === 0 || (lane.size === 1 && brief !== null)) return
    if (this.#anotherIsFree || lane.stillMs >= maxWaitMs) this.#queue.putFirst(lane.takeBack())
  }

  /** Ends a thread for the sake of the job that runs on it. What is behind that must not begin meanwhile. */
  #endUnder(lane: BriefLane, key: number, cause: 'terminated' | 'timeLimit', error: Error): void {
    this.#queue.putFirst(lane.takeBack())
    if (lane.running?.job.key === key) lane.thread.endFor({ key, cause, error })
    this.#place()
  }

  /** A thread has ended under its jobs. */
  #close(lane: BriefLane, thrown: unknown): void {
    const { ending } = lane.thread
    const unbegun = lane.takeBack()
    this.#collect(lane)
    this.#lanes.close(lane)
    for (const brief of lane.abandon()) {
      const { job, since } = brief
      const runtimeMs = performance.now() - since
      const outcome = lostOutcome({ ending, job, alone: true, begun: true, thrown, stopped: this.#stopped, runtimeMs })
      void tellOutcome(brief, outcome)
    }
    for (const brief of unbegun) if (ending === null) brief.deaths += 1
    const doubtful = unbegun.filter(({ deaths }) => deaths >= maxDeaths)
    for (const { job, resolve } of doubtful) void this.#options.runSingly(job).then(resolve)
    this.#queue.putFirst(unbegun.filter((brief) => !doubtful.includes(brief)))
    this.#place()
  }
}
