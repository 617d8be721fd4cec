import { EngineError, maxWaitSeconds } from './errors.ts'
import { show } from './task-options.ts'

/**
 * Where a message waits that is due later: `schedule`, Lovage's own, where a worker of this process looks after it; or `message`,
 * on its queue like any other, as Celery's clients send it, for whoever takes it to keep.
 */
export type EtaPlace = 'schedule' | 'message'

/** How one call is sent. Every option may be left out. */
export interface SendOptions {
  /** The task's id; a new UUID where it is left out. */
  readonly taskId?: string
  /** The queue; the client's default where it is left out. */
  readonly queue?: string
  /** Seconds before which the task must not start; 0 or more. */
  readonly countdown?: number
  /** Time before which the task must not start. Not together with `countdown`. */
  readonly eta?: Date
  /** Where it waits until then; the client's default where it is left out. */
  readonly etaIn?: EtaPlace
  /** The task must not start later than this many seconds from now. */
  readonly expiresInSeconds?: number
  /** 0 to 9; 0 is served first. Celery's steps on Redis are 0, 3, 6 and 9. Default 0. */
  readonly priority?: number
  /** Hard and soft limit in seconds; they win over the task's own. */
  readonly timeLimit?: number
  readonly softTimeLimit?: number
  /** While this key lives, a second call with it sends nothing, and gives the first one's id. */
  readonly idempotencyKey?: string
  /** How long the key lives, in seconds. Default: a day. */
  readonly idempotencySeconds?: number
}

const isWait = (value: unknown): boolean =>
  Number.isFinite(value) && Number(value) >= 0 && Number(value) <= maxWaitSeconds
const isSecondsOver0 = (value: unknown): boolean => Number.isFinite(value) && Number(value) > 0
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && value.length <= 512

const checks: { readonly [Name in keyof Required<SendOptions>]: readonly [(value: unknown) => boolean, string] } = {
  taskId: [isText, 'text of 1 to 512 characters'],
  queue: [isText, 'text of 1 to 512 characters'],
  countdown: [isWait, `seconds, 0 to ${maxWaitSeconds}`],
  eta: [(value) => value instanceof Date && !Number.isNaN(value.getTime()), 'a valid Date'],
  etaIn: [(value) => value === 'schedule' || value === 'message', "'schedule' or 'message'"],
  expiresInSeconds: [isWait, `seconds, 0 to ${maxWaitSeconds}`],
  priority: [
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 9,
    'a whole number from 0 to 9',
  ],
  timeLimit: [isSecondsOver0, 'seconds, more than 0'],
  softTimeLimit: [isSecondsOver0, 'seconds, more than 0'],
  idempotencyKey: [isText, 'text of 1 to 512 characters'],
  idempotencySeconds: [
    (value) => isWait(value) && isSecondsOver0(value),
    `seconds, more than 0 and at most ${maxWaitSeconds}`,
  ],
}

/**
 * Checks the options of a call.
 *
 * @param task its name, for the error
 * @throws EngineError OPTION_INVALID, saying what was expected and what came
 */
export function checkSendOptions(task: string, options: SendOptions): void {
  const fail = (what: string, expected: string, came: unknown): never => {
    throw new EngineError('OPTION_INVALID', `sending ${task}: ${what}: expected ${expected}, came ${show(came)}`)
  }
  for (const [name, value] of Object.entries(options) as [keyof SendOptions, unknown][]) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) fail(`option ${name}`, `one of ${Object.keys(checks).join(', ')}`, name)
    else if (value !== undefined && !check[0](value)) fail(name, check[1], value)
  }
  const { countdown, eta, timeLimit, softTimeLimit } = options
  if (countdown !== undefined && eta !== undefined) fail('eta', 'either eta or countdown', 'both')
  if (timeLimit !== undefined && softTimeLimit !== undefined && softTimeLimit >= timeLimit) {
    fail('softTimeLimit', `less than timeLimit, which is ${timeLimit}`, softTimeLimit)
  }
}
