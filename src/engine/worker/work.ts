import type { Claim } from '../broker/broker.ts'
import type { TaskMessage } from '../message.ts'
import type { Job, Pool } from '../pool/pool.ts'
import { taskRate, type TaskRate } from '../rate-limit.ts'
import type { TaskDefinition } from '../task.ts'
import { checkOption } from '../task-options.ts'
import type { Tracer } from '../tracer.ts'
import { policyOf, type RetryPolicy } from './retry-policy.ts'
import type { RunRecord } from './run-record.ts'
import { RunTime } from './run-time.ts'
import type { RunTally, TaskTally } from './run-tally.ts'
import type { Lane } from './slots.ts'
import type { WorkerLimits } from './worker-options.ts'

/** The longest delay that a timer takes (Node: 2^31 - 1 ms, 24 days); a limit beyond it is none. */
const maxTimerSeconds = 2_147_483

/** What is known of the tasks of one name. */
export interface KnownTask {
  readonly task: TaskDefinition
  readonly policy: RetryPolicy
  readonly lane: Lane
  readonly pool: Pool
  /** Whether its short runs may share a slot. */
  readonly shares: boolean
  /** Whether its runs are traced. */
  readonly traced: boolean
  readonly runTime: RunTime
  /** What became of its runs. */
  readonly tally: TaskTally
  /** How many have been started. */
  started: number
  /** Limits in seconds of messages that have none; null: those of the process. Remote control may change them. */
  softTimeLimit: number | null
  timeLimit: number | null
  /** How often it may start; null: as often as it likes. Remote control may change it. */
  rate: TaskRate | null
}

/** A message on its way through the executor. */
export interface Work {
  readonly claim: Claim
  readonly message: TaskMessage
  readonly task: TaskDefinition
  readonly policy: RetryPolicy
  readonly known: KnownTask
  /** How long it is expected to run, in milliseconds; null: it has a slot to itself. */
  readonly expectedMs: number | null
  /** When it was taken from its queue, Unix milliseconds of the broker's clock. */
  readonly receivedAt: number
  /** The part of a slot that it holds. */
  part: number
  /** When it was given to the pool, Unix milliseconds of the broker's clock; 0: it was not. */
  begunAt: number
  /** What its task's record is to say of this run; null: it is not recorded so far. */
  record: RunRecord | null
}

/** What tasks are looked at with. */
export interface KnownTaskOptions {
  /** The pools by their kind, at least one; the first one is for tasks that name none. */
  readonly pools: ReadonlyMap<Lane, Pool>
  readonly settings: Readonly<Record<string, unknown>>
  readonly limits: Pick<WorkerLimits, 'maxCrashes'>
  readonly tally: RunTally
  /** Told what is run; default: nobody is. */
  readonly tracer?: Pick<Tracer, 'lost'> | null
}

/** @throws EngineError OPTION_INVALID for an `onUncertain` or a `rateLimit` that does not say what it should */
export function knownTask(task: TaskDefinition, options: KnownTaskOptions): KnownTask {
  const { pools, settings, limits, tally, tracer = null } = options
  const policy = policyOf(task.options, settings, limits.maxCrashes)
  const named = task.options.pool
  const [first] = pools
  if (first === undefined) throw new Error('a worker without a pool')
  const [lane, pool] = named === undefined ? first : [named, pools.get(named) ?? first[1]]
  // What is noted in Redis at the start of a run is to be true then.
  const shares = pool.sharesSlots && policy.onUncertain !== 'fail' && task.options.trackStarted !== true
  return {
    task,
    policy,
    lane: pools.has(lane) ? lane : first[0],
    pool,
    shares,
    traced: tracer !== null,
    runTime: new RunTime(),
    tally: tally.of(task.name),
    started: 0,
    softTimeLimit: task.options.softTimeLimit ?? null,
    timeLimit: task.options.timeLimit ?? null,
    rate: rateOf(task, settings),
  }
}

/** @throws EngineError OPTION_INVALID where the option's function does not give what it should */
function rateOf({ name, options }: TaskDefinition, settings: KnownTaskOptions['settings']): TaskRate | null {
  const { rateLimit } = options
  if (typeof rateLimit !== 'function') return taskRate(rateLimit)
  const given = rateLimit(settings)
  checkOption(name, 'rateLimit', given)
  return taskRate(given)
}

/** Whether it has to ask its task's rate limit before it may start. */
export function isLimited(known: Pick<KnownTask, 'rate'>, { admitted }: TaskMessage): boolean {
  const { rate } = known
  return rate !== null && !admitted && (rate.intervalUs > 0 || rate.scope === 'global')
}

/** What the pool is given of it. @param isolated on a thread to itself */
export function jobOf(
  { claim, message, known, expectedMs }: Work,
  limits: Pick<WorkerLimits, 'timeLimit' | 'softTimeLimit'>,
  isolated: boolean,
): Job {
  const [hard, soft] = message.timeLimit
  // One literal: spreads of what is hardly ever there cost more than the rest of a short task's way to its thread.
  const job: { -readonly [Field in keyof Job]: Job[Field] } = {
    key: claim.id,
    id: message.id,
    name: message.name,
    retries: message.retries,
    body: message.body,
    bodyEncoding: message.bodyEncoding,
    expectedMs,
    softTimeLimit: timeable(soft ?? known.softTimeLimit ?? limits.softTimeLimit),
    timeLimit: timeable(hard ?? known.timeLimit ?? limits.timeLimit),
    isolated,
  }
  if (message.memo !== undefined) job.memo = message.memo
  if (known.traced) job.trace = { queue: claim.queue, headers: message.trace ?? null }
  return job
}

function timeable(seconds: number | null): number | null {
  return seconds === null || seconds > maxTimerSeconds ? null : seconds
}
