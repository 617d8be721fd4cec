import type { Claim, Settlement } from '../engine/broker/broker.ts'
import { builtinTasks } from '../engine/builtin-tasks.ts'
import { EngineError, TaskError } from '../engine/errors.ts'
import type { Logger } from '../engine/logger.ts'
import { decodeMessage, type TaskMessage } from '../engine/message.ts'
import type { Job } from '../engine/pool/pool.ts'
import { runJob } from '../engine/pool/run-job.ts'
import type { TaskDefinition } from '../engine/task.ts'
import { Concluder, type Ran } from '../engine/worker/concluder.ts'
import { FollowUps } from '../engine/worker/follow-ups.ts'
import { decide, policyOf, type Decision, type RetryPolicy } from '../engine/worker/retry-policy.ts'
import { RunTally } from '../engine/worker/run-tally.ts'
import { Settler } from '../engine/worker/settler.ts'
import type { TaskEvents } from '../engine/worker/task-events.ts'
import { noRecords } from '../engine/worker/task-recorder.ts'
import type { MemoryResults } from './memory-results.ts'
import { origin } from './test-client.ts'

/** A task that is retried so often, or has so many after it, does not end by itself. */
const mostRuns = 1_000

/** Largest result in bytes of JSON: the default of the settings. */
const maxResultBytes = 1_048_576

/** What it works with. */
export interface EagerRunnerOptions {
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** What tasks find in `context.settings`. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly results: MemoryResults
  readonly revoked: ReadonlySet<string>
  readonly defaultQueue: string
}

/** A message that is to be run. */
interface Next {
  readonly queue: string
  readonly raw: Uint8Array
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const nobody = { on: false } as TaskEvents
/** What a task logs goes to the log of a worker: here is none. */
const onLog = (): void => {}

/**
 * Runs messages where they are sent, with the parts of a worker: its reading of messages, its runs, its retry policy, and what it does
 * at a task's end. In place of the broker there is a list of what is to be run next.
 *
 * 1. The message is run, and everything that follows it, one after another: retries without their waits, callbacks, the rest of a
 *    chain, what takes its place.
 * 2. Results are stored where the client reads them.
 */
export class EagerRunner {
  readonly #options: EagerRunnerOptions
  readonly #tasks: ReadonlyMap<string, TaskDefinition>
  readonly #policies = new Map<string, RetryPolicy>()
  /** Nobody looks at it. */
  readonly #tally = new RunTally()
  #lastKey = 0

  /** @throws EngineError OPTION_INVALID */
  constructor(options: EagerRunnerOptions) {
    this.#options = options
    this.#tasks = new Map([...builtinTasks, ...options.tasks])
    for (const [name, task] of this.#tasks) this.#policies.set(name, policyOf(task.options, options.settings, 1))
  }

  /**
   * @returns the first failure, null where all went well
   * @throws EngineError TASK_UNKNOWN; OPTION_INVALID for what needs a real worker, or has no end
   */
  async run(first: readonly Next[]): Promise<TaskError | null> {
    const next = [...first]
    const problems: EngineError[] = []
    const concluder = this.#concluder(next, problems)
    let failure: TaskError | null = null
    for (let runs = 0; ; runs += 1) {
      const [problem] = problems
      if (problem !== undefined) throw problem
      const one = next.shift()
      if (one === undefined) return failure
      if (runs === mostRuns) throw unsupported(`expected an end within ${mostRuns} runs, came none`)
      const failed = await this.#runOne(one, concluder)
      failure ??= failed
    }
  }

  async #runOne({ queue, raw }: Next, concluder: Concluder): Promise<TaskError | null> {
    const message = decodeMessage(raw)
    const task = this.#tasks.get(message.name)
    const policy = this.#policies.get(message.name)
    if (task === undefined || policy === undefined) {
      throw new EngineError(
        'TASK_UNKNOWN',
        `taskAlwaysEager: no task named ${message.name} is among those it was given`,
      )
    }
    this.#lastKey += 1
    const claim = { id: this.#lastKey, queue, raw }
    const known = { tally: this.#tally.of(message.name) }
    const ran: Ran = { claim, message, task, policy, known, receivedAt: Date.now(), record: null }
    const refusal = this.#refusalOf(message)
    if (refusal !== null) {
      await concluder.refuse(ran, refusal)
      return new TaskError('TaskRevokedError', refusal, 'REVOKED', null)
    }
    const { settings, results } = this.#options
    const onState = (_key: number, state: string, meta: Parameters<MemoryResults['encode']>[2]): void =>
      void results.store(results.encode(message, state, meta, null))
    const surroundings = { tasks: this.#tasks, settings, maxResultBytes, onState, onLog, tracer: null }
    const outcome = await runJob(surroundings, jobOf(ran))
    const decision = decide(outcome, { retries: message.retries, crashes: 0, random: 0 }, policy)
    await concluder.conclude(ran, decision, outcome)
    return failureOf(decision)
  }

  #refusalOf({ id, expires }: TaskMessage): 'revoked' | 'expired' | null {
    if (this.#options.revoked.has(id)) return 'revoked'
    return expires !== null && expires <= Date.now() ? 'expired' : null
  }

  /** @param next where it puts what is to be run next @param problems what can't be done here: a settlement must not fail */
  #concluder(next: Next[], problems: EngineError[]): Concluder {
    const { results, defaultQueue } = this.#options
    const broker = { now: () => Date.now() }
    const settle = async (claim: Claim, settlement: Settlement): Promise<boolean> => {
      for (const result of [settlement.result, ...(settlement.follow?.results ?? [])]) {
        if (result !== undefined) await results.store(result)
      }
      if ((settlement.follow?.chords.length ?? 0) > 0) problems.push(noChords())
      else next.push(...followsOf(claim, settlement))
      return true
    }
    const settler = new Settler({
      broker: { settle },
      results,
      chords: { follow: async ({ messages }) => messages },
      logger: silent,
      onSettled: () => undefined,
    })
    const followUps = new FollowUps({ broker, results, tasks: this.#tasks, defaultQueue, origin })
    return new Concluder({ broker, settler, followUps, events: nobody, records: noRecords, logger: silent })
  }
}

/** What is to be run next because a claim has ended: what follows it, or itself once more. */
function* followsOf({ queue, raw }: Claim, { follow, schedule, requeue }: Settlement): Generator<Next> {
  for (const message of follow?.messages ?? []) yield { queue: message.queue, raw: Buffer.from(String(message.text)) }
  if (schedule !== undefined) yield { queue, raw: schedule.text === undefined ? raw : Buffer.from(schedule.text) }
  if (requeue === true) yield { queue, raw }
}

function jobOf({ claim, message, task }: Ran): Job {
  const { id, name, retries, memo, body, bodyEncoding, timeLimit } = message
  const [, soft] = timeLimit
  return {
    key: claim.id,
    id,
    name,
    retries,
    ...(memo !== undefined && { memo }),
    body,
    bodyEncoding,
    expectedMs: null,
    softTimeLimit: soft ?? task.options.softTimeLimit ?? null,
    // Nobody can end what runs in this thread.
    timeLimit: null,
    isolated: false,
  }
}

function failureOf(decision: Decision): TaskError | null {
  if (decision.kind !== 'fail') return null
  const { type, message, stack } = decision.error
  return new TaskError(type, message, 'FAILURE', stack)
}

/** A chord's members are counted in Redis, and nowhere else. */
export function noChords(): EngineError {
  return unsupported('expected tasks, chains and groups, came a chord (or a group that something waits for)')
}

function unsupported(reason: string): EngineError {
  return new EngineError('OPTION_INVALID', `taskAlwaysEager: ${reason}; use startTestWorker for that`)
}
