import { hostname } from 'node:os'
import type { Broker, Claim } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import { failureOf, type Outcome } from '../outcome.ts'
import type { ResultBackend } from '../results/results.ts'
import { asideNote } from './aside-note.ts'
import { ClaimReader, type ClaimReaderOptions } from './claim-reader.ts'
import { Concluder } from './concluder.ts'
import { attemptOf, decidedRun } from './decided-run.ts'
import type { FollowUps } from './follow-ups.ts'
import { startFields } from './log-fields.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Revocations } from './revocations.ts'
import type { Reach } from './reach.ts'
import { decide, uncertainFailure, type Decision } from './retry-policy.ts'
import type { Slot, Slots } from './slots.ts'
import type { TaskRecords } from './task-recorder.ts'
import { TaskStates } from './task-states.ts'
import { isLimited, jobOf, type KnownTask, type Work } from './work.ts'
import type { WorkerLimits } from './worker-options.ts'
import type { WorkCounts } from './worker-events.ts'

/** What an executor works with. */
export interface ExecutorOptions extends ClaimReaderOptions {
  readonly broker: Broker
  readonly results: ResultBackend
  readonly followUps: FollowUps
  readonly records: TaskRecords
  readonly slots: Slots
  /** Told what part of a slot each message takes. */
  readonly reach: Pick<Reach, 'note'>
  readonly revocations: Pick<Revocations, 'has'>
  readonly rates: Pick<RateLimits, 'pass'>
  /** Told when there is room for more. */
  readonly onFree: () => void
  readonly limits: Pick<WorkerLimits, 'maxCrashes' | 'timeLimit' | 'softTimeLimit'>
}

/** One message that was claimed and has not ended. */
export interface InHand {
  readonly work: Work
  /** Whether its task has begun. */
  readonly begun: boolean
  /** The thread that it runs on, as Node counts it; 0: the main thread; null: none yet. */
  readonly thread: number | null
}

/** Told when a claim has ended. */
type Ended = (claim: Claim) => void

/**
 * Carries one claim from the queue to its end.
 *
 * 1. Read the message. What can't be read, or names no task of ours, is set aside; what is due later goes on the schedule.
 * 2. Wait for a slot of the task's pool.
 * 3. A revoked or expired message is not run. Neither is one that was started before and must not be repeated blindly.
 * 4. One whose task has a rate limit asks it for leave, and may have to wait in Redis for its turn (rate-limits): no claim any more.
 * 5. Run it in the pool; the pool always gives an outcome. A bystander of another task's end is run again at once.
 * 6. Decide what becomes of it (retry-policy), and settle (concluder). The slot is free again as soon as the ack is on its way.
 *
 * Nearly all short tasks find a slot at once and go well. These take the same steps without a promise at each of them: a
 * promise costs more than such a task does.
 */
export class Executor {
  readonly #options: ExecutorOptions
  readonly #concluder: Concluder
  readonly #states: TaskStates
  readonly #reader: ClaimReader
  readonly #running = new Map<number, Work>()
  /** Those that wait for their slot, or for what must be known before they may start. */
  readonly #waiting = new Set<Work>()

  /** @throws EngineError OPTION_INVALID for an `onUncertain` that does not say what it should */
  constructor(options: ExecutorOptions) {
    this.#options = options
    this.#concluder = new Concluder(options)
    this.#states = new TaskStates(options)
    this.#reader = new ClaimReader(options)
  }

  /** Never fails: a fault of ours sets the message aside, for it would end every process that takes it. */
  execute(claim: Claim, ended: Ended): void {
    let work: Work | Promise<void> | null = null
    try {
      work = this.#reader.read(claim)
      if (work instanceof Promise) return this.#follow(work, claim, ended)
      const { slots, reach } = this.#options
      const part = slots.part(work.expectedMs)
      reach.note(claim.queue, part)
      const slot = slots.take(work.known.lane, part)
      if (slot === 'taken') {
        work.part = part
        if (work.expectedMs !== null && this.#refusal(work) === null) return this.#runBriefly(work, ended)
      }
      this.#follow(this.#carry(work, part, slot), claim, ended)
    } catch (error) {
      if (work !== null && !(work instanceof Promise)) this.#free(work)
      this.#follow(Promise.reject(error), claim, ended)
    }
  }

  /** How many tasks run now, and how many have been started so far: what heartbeats say. */
  get counts(): WorkCounts {
    const started = [...this.known.values()].reduce((sum, known) => sum + known.started, 0)
    return { active: this.#running.size, processed: started }
  }

  /** Every task of this process, by its name. */
  get known(): ReadonlyMap<string, KnownTask> {
    return this.#reader.known
  }

  /** Everything that was claimed and has not ended, as far as it can be run. */
  get inHand(): InHand[] {
    const running = [...this.#running].map(([key, work]) => {
      const thread = work.known.pool.threadOf(key)
      return { work, begun: thread !== null, thread }
    })
    return [...running, ...[...this.#waiting].map((work) => ({ work, begun: false, thread: null }))]
  }

  /** What a running task says of itself. */
  report(...said: Parameters<TaskStates['report']>): void {
    this.#states.report(...said)
    const [key, state, value] = said
    const work = this.#running.get(key)
    if (work !== undefined) this.#options.records.said(work, state, value)
  }

  /** Those that were given to a pool and have not ended. */
  get running(): Iterable<Work> {
    return this.#running.values()
  }

  /** Ends a task, with its thread, if it is running here. */
  terminate(taskId: string): void {
    for (const [key, { message, known }] of this.#running) if (message.id === taskId) known.pool.terminate(key)
  }

  /** Tells when the work on a claim is over, however that goes. */
  #follow(work: Promise<void>, claim: Claim, ended: Ended): void {
    work.then(
      () => ended(claim),
      (error: unknown) => {
        const { settler, logger } = this.#options
        const reason = `it could not be carried to its end: ${messageOf(error)}`
        // A fault of the program's own: where it happened is what is wanted.
        const stack = error instanceof Error ? error.stack : undefined
        logger.error({ queue: claim.queue, claim: claim.id, reason, stack }, 'message set aside')
        void settler.settle(claim, { aside: asideNote('dead', reason, null) }).then(() => ended(claim))
      },
    )
  }

  #runBriefly(work: Work, ended: Ended): void {
    const over = (claim: Claim): void => {
      this.#free(work)
      ended(claim)
    }
    this.#begin(work)
    const running = work.known.pool.run(jobOf(work, this.#options.limits, false))
    void running.then((outcome) => this.#ranBriefly(work, outcome, over))
  }

  #ranBriefly(work: Work, outcome: Outcome, over: Ended): void {
    const went = outcome.kind === 'success' || outcome.kind === 'ignore'
    if (!went || this.#options.settler.abandoned) return this.#follow(this.#complete(work, outcome), work.claim, over)
    work.known.runTime.note(outcome.runtimeMs)
    const decision = decide(outcome, attemptOf(work), work.policy)
    const writing = this.#end(work)
    const conclude = (): Promise<void> => this.#conclude(work, decision, outcome)
    this.#follow(writing === null ? conclude() : writing.then(conclude), work.claim, over)
  }

  async #carry(work: Work, part: number, waited: Slot | Promise<Slot>): Promise<void> {
    this.#waiting.add(work)
    try {
      const slot = typeof waited === 'string' ? waited : await waited
      if (slot === 'late') return await this.#options.settler.settle(work.claim, { handBack: true })
      // The worker stops, and hands the claim back with the others.
      if (slot === 'closed') return
      work.part = part
      await this.#runInSlot(work)
    } finally {
      this.#waiting.delete(work)
      this.#free(work)
    }
  }

  /** Why it is not to be run any more. */
  #refusal({ message: { id, expires } }: Work): 'expired' | 'revoked' | null {
    const { broker, revocations } = this.#options
    if (expires !== null && expires <= broker.now()) return 'expired'
    return revocations.has(id) ? 'revoked' : null
  }

  async #runInSlot(work: Work): Promise<void> {
    const { broker, settler, limits } = this.#options
    const { claim, message, policy } = work
    const refusal = this.#refusal(work)
    if (refusal !== null) return this.#concluder.refuse(work, refusal)
    if (isLimited(work.known, message) && !(await this.#pass(work))) return
    if (policy.onUncertain === 'fail') {
      const first = await settler.untilDone(() => broker.markStarted(claim, message.id))
      if (first === null) return
      if (!first) {
        const error = uncertainFailure('the process that ran it before ended under it')
        return this.#concluder.conclude(work, { kind: 'fail', error, deadLetter: true }, null)
      }
    }
    this.#waiting.delete(work)
    this.#begin(work)
    await this.#complete(work, await work.known.pool.run(jobOf(work, limits, message.crashes > 0)))
  }

  /** Asks its task's rate limit. `false`: it may not start now, or never, and its claim has ended. */
  async #pass(work: Work): Promise<boolean> {
    const { rate } = work.known
    try {
      return rate === null || (await this.#options.rates.pass(work, rate))
    } catch (error) {
      await this.#concluder.conclude(work, { kind: 'fail', error: failureOf(error), deadLetter: true }, null)
      return false
    }
  }

  /** Gives its slot to others. */
  #free(work: Work): void {
    if (work.part === 0) return
    this.#options.slots.release(work.known.lane, work.part)
    work.part = 0
    this.#options.onFree()
  }

  #begin(work: Work): void {
    const { claim, message, task } = work
    const { broker, settler, events, records, logger } = this.#options
    logger.debug(startFields(message, claim.queue), 'task started')
    this.#running.set(claim.id, work)
    work.begunAt = broker.now()
    work.known.started += 1
    records.begun(work)
    if (events.on) events.started(message)
    if (settler.keepsResult(message, task)) this.#states.begin(claim.id, message)
    if (task.options.trackStarted === true) {
      this.#states.report(claim.id, 'STARTED', { pid: process.pid, hostname: hostname() })
    }
  }

  /** @returns what must be over before its result may be written; null: nothing */
  #end({ claim }: Work): Promise<void> | null {
    this.#running.delete(claim.id)
    return this.#states.end(claim.id)
  }

  /** It has run once: runs it again where that is for the best, then carries out what was decided. */
  async #complete(work: Work, first: Outcome): Promise<void> {
    const { broker, settler } = this.#options
    const { outcome, decision } = await decidedRun(work, first, this.#options)
    await this.#end(work)
    if (work.policy.onUncertain === 'fail' && outcome.kind === 'lost' && outcome.begun === false) {
      await settler.untilDone(() => broker.unmarkStarted(work.message.id))
    }
    if (!settler.abandoned) await this.#conclude(work, decision, outcome)
  }

  /** What can't be concluded as it was decided is a failure, so that whoever waits for the result hears of it. */
  #conclude(work: Work, decision: Decision, outcome: Outcome): Promise<void> {
    try {
      const concluded = this.#concluder.conclude(work, decision, outcome)
      // Its ack is on its way, and what is claimed now comes after that.
      if (this.#options.settler.settlesAtOnce(work.message, work.task)) this.#free(work)
      return concluded
    } catch (error) {
      return this.#concluder.conclude(work, { kind: 'fail', error: failureOf(error), deadLetter: true }, null)
    }
  }
}
