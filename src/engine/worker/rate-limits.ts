import { boundArguments } from '../bind-arguments.ts'
import { readBody, type TaskBody } from '../body.ts'
import type { Broker } from '../broker/broker.ts'
import type { RateStore } from '../broker/rate-store.ts'
import { encodeAdmitted } from '../encode-message.ts'
import { EngineError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { TaskMessage } from '../message.ts'
import { limitKey, type TaskRate } from '../rate-limit.ts'
import { logFields } from './log-fields.ts'
import type { PausedQueues } from './paused-queues.ts'
import type { Settler } from './settler.ts'
import type { KnownTask, Work } from './work.ts'

/** How many limits are remembered to be used up. */
const mostRemembered = 1_000

/** How long a message waits that there is no room for among those that wait, in milliseconds. */
const fullWaitMs = 1_000

/** What rate limits work with. */
export interface RateLimitsOptions {
  readonly store: RateStore
  readonly broker: Pick<Broker, 'now'>
  readonly settler: Pick<Settler, 'settle' | 'untilDone'>
  /** Every task of this process, by its name. */
  readonly known: ReadonlyMap<string, KnownTask>
  /** The queues on which no turns are given now. */
  readonly paused: Pick<PausedQueues, 'has'>
  readonly logger: Pick<Logger, 'debug'>
}

/**
 * Holds tasks to their rate limits.
 *
 * 1. pass: a message of a limited task asks leave for its start. Without it, it waits in Redis for its turn, and is no claim of ours
 *    any more: it takes no slot, and what comes behind it on the queue is run.
 * 2. release: those whose turn it is go back on their list, to be served next. They need not ask again.
 * 3. open, close: only a worker that takes messages gives turns. Else those that have had theirs would gather on their list, and start
 *    all at once when somebody takes them.
 *
 * A retry is a message of its own here: each try is counted, as in Celery.
 */
export class RateLimits {
  readonly #options: RateLimitsOptions
  /** Until when nobody need ask for a limit, Unix milliseconds of the broker's clock. */
  readonly #usedUp = new Map<string, number>()
  #opened = false
  #closed = false

  constructor(options: RateLimitsOptions) {
    this.#options = options
  }

  /**
   * Asks leave for a start. `false`: it may not start now, and its claim has ended.
   *
   * @throws EngineError ARGUMENT_INVALID, PermanentError where the call does not fit the task, or what the task's own function for
   *   the key throws
   */
  async pass({ claim, message, known }: Work, rate: TaskRate): Promise<boolean> {
    const { store, broker, settler, logger } = this.#options
    const key = limitKey(rate, () => argumentsOf(message, known))
    const name = `${claim.queue}\0${message.name}\0${key}`
    const asked =
      (this.#usedUp.get(name) ?? 0) > broker.now()
        ? 0
        : await settler.untilDone(() => store.admit(claim.queue, known.task.name, key, rate))
    if (asked === true) return true
    // The worker stops, and hands the claim back with the others.
    if (asked === null) return false
    logger.debug(logFields(message), 'its rate limit is used up: the task waits')
    if (asked === 'full') {
      // Behind all others: there may be many, and they must not hold up what needs no leave.
      await settler.settle(claim, { schedule: { due: Math.ceil(broker.now() + fullWaitMs), behind: true } })
    } else {
      if (asked > 0) this.#remember(name, asked)
      const { name: task, id: taskId, expires } = message
      await settler.settle(claim, { park: { task, key, text: encodeAdmitted(claim.raw), expires, taskId } })
    }
    return false
  }

  /** Turns are given from now on; has no effect once it was closed. */
  open(): void {
    this.#opened = true
  }

  /** No more turns are given. */
  close(): void {
    this.#closed = true
  }

  /** Moves what may start now to its lists. */
  async release(): Promise<{ moved: number; nextInMs: number | null }> {
    const { store, known, paused } = this.#options
    if (!this.#opened || this.#closed) return { moved: 0, nextInMs: null }
    return store.release(
      (task) => known.get(task)?.rate,
      (queue) => paused.has(queue),
    )
  }

  #remember(name: string, until: number): void {
    this.#usedUp.delete(name)
    this.#usedUp.set(name, until)
    const [oldest] = this.#usedUp.keys()
    if (this.#usedUp.size > mostRemembered && oldest !== undefined) this.#usedUp.delete(oldest)
  }
}

/**
 * As the handler would get them.
 *
 * @throws PermanentError where the call does not fit the task; EngineError ARGUMENT_INVALID
 */
function argumentsOf(message: TaskMessage, { task }: KnownTask): readonly unknown[] {
  let body: TaskBody
  try {
    body = readBody(message)
  } catch {
    throw new EngineError('ARGUMENT_INVALID', 'rateLimit.key: expected arguments that can be read, came others')
  }
  return boundArguments(task, body)
}
