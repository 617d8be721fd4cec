import { hostname } from 'node:os'
import type { AsideNote, Broker, Claim } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { decodeMessage, type TaskMessage } from '../message.ts'
import { failureOf, type Outcome } from '../outcome.ts'
import type { Pool } from '../pool/pool.ts'
import { revokedValue, type ResultBackend } from '../results/results.ts'
import type { TaskDefinition } from '../task.ts'
import { asideNote } from './aside-note.ts'
import { Concluder } from './concluder.ts'
import type { Revocations } from './revocations.ts'
import type { Reach } from './reach.ts'
import { decide, policyOf, uncertainFailure, type Decision, type RetryPolicy } from './retry-policy.ts'
import { RunTimes } from './run-times.ts'
import type { Settler } from './settler.ts'
import type { Lane, Slots } from './slots.ts'
import { TaskStates } from './task-states.ts'
import type { WorkerLimits } from './worker.ts'

/** What an executor works with. */
export interface ExecutorOptions {
  readonly broker: Broker
  readonly results: ResultBackend
  /** The pools by their kind, at least one; the first one is for tasks that name none. */
  readonly pools: ReadonlyMap<Lane, Pool>
  readonly slots: Slots
  /** Told what part of a slot each message takes. */
  readonly reach: Pick<Reach, 'note'>
  readonly revocations: Pick<Revocations, 'has'>
  readonly settler: Settler
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** What tasks find in `context.settings`: an `onUncertain` may depend on it. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly limits: Pick<WorkerLimits, 'maxCrashes' | 'timeLimit' | 'softTimeLimit'>
  readonly logger: Logger
}

/** The longest delay that a timer takes (Node: 2^31 - 1 ms, 24 days); a limit beyond it is none. */
const maxTimerSeconds = 2_147_483

function timeable(seconds: number | null): number | null {
  return seconds === null || seconds > maxTimerSeconds ? null : seconds
}

/** What is known of the tasks of one name. */
interface Known {
  readonly task: TaskDefinition
  readonly policy: RetryPolicy
  readonly lane: Lane
  readonly pool: Pool
  /** Whether its short runs may share a slot. */
  readonly shares: boolean
}

/** A message on its way through the executor. */
export interface Work extends Known {
  readonly claim: Claim
  readonly message: TaskMessage
  /** How long it is expected to run, in milliseconds; null: it has a slot to itself. */
  readonly expectedMs: number | null
}

/**
 * Carries one claim from the queue to its end.
 *
 * 1. Read the message. What can't be read, or names no task of ours, is set aside; what is due later goes on the schedule.
 * 2. Wait for a slot of the task's pool.
 * 3. A revoked or expired message is not run. Neither is one that was started before and must not be repeated blindly.
 * 4. Run it in the pool; the pool always gives an outcome. A bystander of another task's end is run again at once.
 * 5. Decide what becomes of it (retry-policy), and settle (concluder).
 */
export class Executor {
  readonly #options: ExecutorOptions
  readonly #concluder: Concluder
  readonly #states: TaskStates
  readonly #known: ReadonlyMap<string, Known>
  readonly #runTimes = new RunTimes()
  readonly #running = new Map<number, { id: string; pool: Pool }>()

  /** @throws EngineError OPTION_INVALID for an `onUncertain` that does not say what it should */
  constructor(options: ExecutorOptions) {
    this.#options = options
    this.#concluder = new Concluder(options)
    this.#states = new TaskStates(options)
    this.#known = new Map([...options.tasks].map(([name, task]) => [name, knownOf(task, options)]))
  }

  /** Never rejects: a fault of ours sets the message aside, for it would end every process that takes it. */
  async execute(claim: Claim): Promise<void> {
    try {
      const work = this.#read(claim)
      if (work instanceof Promise) return await work
      await this.#carry(work)
    } catch (error) {
      const { settler, logger } = this.#options
      const reason = `it could not be carried to its end: ${messageOf(error)}`
      logger.error({ queue: claim.queue, claim: claim.id, reason, error }, 'message set aside')
      await settler.settle(claim, { aside: asideNote('dead', reason, null) })
    }
  }

  /** What is to be run now; or a promise: it is not to be run, and that is the end of its claim. */
  #read(claim: Claim): Work | Promise<void> {
    const { broker, settler, logger } = this.#options
    let message: TaskMessage
    try {
      message = decodeMessage(claim.raw)
    } catch (error) {
      return this.#setAside(claim, 'unreadable', messageOf(error), null)
    }
    if (message.eta !== null && message.eta > broker.now()) {
      logger.debug({ task: message.name, id: message.id, eta: message.eta }, 'task scheduled')
      return settler.settle(claim, { schedule: { due: message.eta } })
    }
    const known = this.#known.get(message.name)
    if (known === undefined) return this.#setAside(claim, 'unknown', `no task is named ${message.name}`, message)
    const expectedMs = known.shares && message.crashes === 0 ? this.#runTimes.expected(message.name) : null
    return { ...known, claim, message, expectedMs }
  }

  async #carry(work: Work): Promise<void> {
    const { slots, settler, reach } = this.#options
    const { claim, lane } = work
    const part = slots.part(work.expectedMs)
    reach.note(claim.queue, part)
    const waited = slots.take(lane, part)
    const slot = typeof waited === 'string' ? waited : await waited
    if (slot === 'late') return settler.settle(claim, { handBack: true })
    // The worker stops, and hands the claim back with the others.
    if (slot === 'closed') return
    try {
      await this.#runInSlot(work)
    } finally {
      slots.release(lane, part)
    }
  }

  /** What a running task says of itself. */
  report(...said: Parameters<TaskStates['report']>): void {
    this.#states.report(...said)
  }

  /** Ends a task, with its thread, if it is running here. */
  terminate(taskId: string): void {
    for (const [key, { id, pool }] of this.#running) if (id === taskId) pool.terminate(key)
  }

  async #runInSlot(work: Work): Promise<void> {
    const { broker, revocations, settler, logger } = this.#options
    const { claim, message, task, policy } = work
    const fields = { task: message.name, id: message.id, queue: claim.queue }
    const expired = message.expires !== null && message.expires <= broker.now()
    if (expired || revocations.has(message.id)) {
      const reason = expired ? 'expired' : 'revoked'
      logger.warn(fields, `task ${reason} before it could start`)
      return settler.finish(claim, message, task, { state: 'REVOKED', value: revokedValue(reason) })
    }
    if (policy.onUncertain === 'fail') {
      const first = await settler.untilDone(() => broker.markStarted(claim, message.id))
      if (first === null) return
      if (!first) {
        const error = uncertainFailure('the process that ran it before ended under it')
        return this.#concluder.conclude(work, { kind: 'fail', error, deadLetter: true }, null)
      }
    }
    logger.debug(fields, 'task started')
    const { outcome, decision } = await this.#run(work)
    if (policy.onUncertain === 'fail' && outcome.kind === 'lost' && outcome.begun === false) {
      await settler.untilDone(() => broker.unmarkStarted(message.id))
    }
    if (!settler.abandoned) await this.#conclude(work, decision, outcome)
  }

  /** What can't be concluded as it was decided is a failure, so that whoever waits for the result hears of it. */
  async #conclude(work: Work, decision: Decision, outcome: Outcome): Promise<void> {
    try {
      await this.#concluder.conclude(work, decision, outcome)
    } catch (error) {
      await this.#concluder.conclude(work, { kind: 'fail', error: failureOf(error), deadLetter: true }, null)
    }
  }

  async #run(work: Work): Promise<{ outcome: Outcome; decision: Decision }> {
    const { claim, message, task, policy, pool, expectedMs } = work
    const { settler, revocations, limits } = this.#options
    this.#running.set(claim.id, { id: message.id, pool })
    if (settler.keepsResult(message, task)) this.#states.begin(claim.id, message)
    if (task.options.trackStarted === true) {
      this.#states.report(claim.id, 'STARTED', { pid: process.pid, hostname: hostname() })
    }
    const [hard, soft] = message.timeLimit
    let isolated = message.crashes > 0
    try {
      for (let losses = 0; ;) {
        const outcome = await pool.run({
          key: claim.id,
          id: message.id,
          name: message.name,
          retries: message.retries,
          body: message.body,
          bodyEncoding: message.bodyEncoding,
          expectedMs,
          softTimeLimit: timeable(soft ?? task.options.softTimeLimit ?? limits.softTimeLimit),
          timeLimit: timeable(hard ?? task.options.timeLimit ?? limits.timeLimit),
          isolated,
        })
        if (outcome.kind !== 'unstarted') this.#runTimes.note(message.name, outcome.runtimeMs)
        const attempt = { retries: message.retries, crashes: message.crashes, random: Math.random() }
        const decision = decide(outcome, attempt, policy)
        if (decision.kind !== 'again' || settler.abandoned) return { outcome, decision }
        if (revocations.has(message.id)) return { outcome, decision: { kind: 'revoke' } }
        losses += 1
        // Whoever loses its thread to others again and again may run alone, too.
        isolated ||= decision.isolated || losses > 1
      }
    } finally {
      this.#running.delete(claim.id)
      await this.#states.end(claim.id)
    }
  }

  async #setAside(
    claim: Claim,
    kind: Exclude<AsideNote['kind'], 'dead'>,
    reason: string,
    message: TaskMessage | null,
  ): Promise<void> {
    const { settler, logger } = this.#options
    const fields = { queue: claim.queue, reason, ...(message && { task: message.name, id: message.id }) }
    logger.error(fields, kind === 'unknown' ? 'message of an unknown task set aside' : 'unreadable message set aside')
    return settler.settle(claim, { aside: asideNote(kind, reason, message) })
  }
}

function knownOf(task: TaskDefinition, { pools, settings, limits }: ExecutorOptions): Known {
  const policy = policyOf(task.options, settings, limits.maxCrashes)
  const named = task.options.pool
  const [first] = pools
  if (first === undefined) throw new Error('a worker without a pool')
  const [lane, pool] = named === undefined ? first : [named, pools.get(named) ?? first[1]]
  // What is noted in Redis at the start of a run is to be true then.
  const shares = pool.sharesSlots && policy.onUncertain !== 'fail' && task.options.trackStarted !== true
  return { task, policy, lane: pools.has(lane) ? lane : first[0], pool, shares }
}
