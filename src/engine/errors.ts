/**
 * The engine's errors: one closed table of codes, and the classes that a task may throw to say what should become of it.
 * No dependency: task files import this.
 */

/** Every code that the engine's errors carry, with what it means. */
export const errorCodes = {
  OPTION_INVALID: 'an option is unknown or has a bad value',
  ARGUMENT_INVALID: 'an argument can not travel in a message',
  TASK_FILE_MISSING: 'a task file or folder is not there',
  TASK_FILE_BROKEN: 'a task file could not be loaded, or holds no task',
  TASK_NAME_TAKEN: 'two tasks have one name',
  TASK_UNKNOWN: 'no task of that name is known',
  MESSAGE_UNREADABLE: 'an element of the queue is not a task message',
  BROKER_UNAVAILABLE: 'the broker did not take the message',
  QUEUE_FULL: 'the queue is longer, or its oldest message older, than the settings allow',
  RESULT_TIMEOUT: 'the result was not there in time',
  RESULT_MISSING: 'a result was asked for where none is kept',
  RESULT_UNREADABLE: 'a result holds what can not be held here',
} as const

/** One of the engine's error codes. */
export type ErrorCode = keyof typeof errorCodes

/** An error of the engine. `code` is one of {@link errorCodes}. */
export class EngineError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EngineError'
    this.code = code
  }
}

/** Refused by back-pressure: `code` is QUEUE_FULL. */
export class QueueFullError extends EngineError {
  /** In how many seconds the queue is likely to have room again, 1 to 3600. */
  readonly retryAfterSeconds: number

  constructor(message: string, retryAfterSeconds: number) {
    super('QUEUE_FULL', message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** How long it takes to work off so many messages at that rate, in whole seconds, 1 to 3600. A minute where nothing moves. */
export function secondsFor(messages: number, perSecond: number): number {
  if (!(perSecond > 0)) return 60
  return Math.min(Math.max(Math.ceil(messages / perSecond), 1), 3600)
}

/** A task failed: what its result backend says, for whoever waits for its result. */
export class TaskError extends Error {
  /** The error's class over there (Celery's `exc_type`). */
  readonly type: string
  /** FAILURE or REVOKED. */
  readonly state: string
  /** The stack or traceback over there. */
  readonly traceback: string | null

  constructor(type: string, message: string, state: string, traceback: string | null) {
    super(`${type}: ${message}`)
    this.name = 'TaskError'
    this.type = type
    this.state = state
    this.traceback = traceback
  }
}

/** The longest wait that anybody may ask for, in seconds: ten years. A date has a bound, and what lies beyond it is no time. */
export const maxWaitSeconds = 315_360_000

/** Most characters of what a run tells the next one. */
export const longestMemo = 200

/** Whether a run may tell the next one this. */
export function isMemo(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestMemo && /^[ -~]+$/.test(value)
}

/**
 * Thrown by a task: it went wrong this time, and may go well if tried again (a network that blinked, a busy provider).
 * Tried again at once as the task's `retryInPlace` says, then later, up to `maxRetries`; after that it is a failure with a
 * dead letter.
 */
export class TransientError extends Error {
  /** How long the other side asked to be left alone, in milliseconds; null where it did not say, or said no time. */
  readonly retryAfterMs: number | null
  /** What the next run is told as `context.memo`; null: nothing. */
  readonly memo: string | null

  /**
   * @param options.memo 1 to {@link longestMemo} printable characters. It stands in the message's headers, so nothing secret
   * @throws EngineError OPTION_INVALID
   */
  constructor(
    message: string,
    options: ErrorOptions & { retryAfterMs?: number | undefined; memo?: string | undefined } = {},
  ) {
    super(message, options)
    this.name = 'TransientError'
    // It comes from outside, and a header that is no number gives NaN: what is no time says nothing.
    const wait = options.retryAfterMs ?? null
    this.retryAfterMs = wait !== null && wait >= 0 ? Math.min(wait, maxWaitSeconds * 1000) : null
    if (options.memo !== undefined && !isMemo(options.memo)) {
      const expected = `1 to ${longestMemo} printable characters`
      throw new EngineError('OPTION_INVALID', `TransientError: memo: expected ${expected}, came another`)
    }
    this.memo = options.memo ?? null
  }
}

/**
 * Thrown by a task: trying again is useless. The result is a failure under `type`.
 * `deadLetter: false` says that nobody needs to look at it (a number that does not exist).
 */
export class PermanentError extends Error {
  /** The name under which the result backend keeps the failure (Celery's `exc_type`). */
  readonly type: string
  /** Whether the message is kept as a dead letter. Default true. */
  readonly deadLetter: boolean

  constructor(type: string, message: string, options: ErrorOptions & { deadLetter?: boolean } = {}) {
    super(message, options)
    this.name = 'PermanentError'
    this.type = type
    this.deadLetter = options.deadLetter ?? true
  }
}

/** Thrown by a task: run it again later, under the same id. It counts as one of its `maxRetries`. */
export class Retry extends Error {
  /** Seconds until then; null: as the task's `retryBackoff` says. */
  readonly countdown: number | null

  /** @param options.countdown seconds, 0 to {@link maxWaitSeconds}. @param options.reason for log and result */
  constructor(options: ErrorOptions & { countdown?: number; reason?: string } = {}) {
    const { countdown, reason = 'the task asked to be run again', ...rest } = options
    if (countdown !== undefined && !(Number.isFinite(countdown) && countdown >= 0 && countdown <= maxWaitSeconds)) {
      const expected = `seconds, 0 to ${maxWaitSeconds}`
      throw new EngineError('OPTION_INVALID', `Retry: countdown: expected ${expected}, came ${countdown}`)
    }
    super(reason, rest)
    this.name = 'Retry'
    this.countdown = countdown ?? null
  }
}

/** Thrown by a task: this message is not to be run. It becomes a dead letter, without a result; or goes back to its queue. */
export class Reject extends Error {
  /** Put it back on its queue, behind all others, for another worker to take. */
  readonly requeue: boolean

  constructor(reason = 'rejected', options: ErrorOptions & { requeue?: boolean } = {}) {
    super(reason, options)
    this.name = 'Reject'
    this.requeue = options.requeue ?? false
  }
}

/** Thrown by a task: done, without a result. */
export class Ignore extends Error {
  constructor(reason = 'ignored', options?: ErrorOptions) {
    super(reason, options)
    this.name = 'Ignore'
  }
}

/** Thrown into a task that reached its soft time limit. */
export class SoftTimeLimitExceeded extends Error {
  constructor(seconds: number) {
    super(`the soft time limit of ${seconds} s is over`)
    this.name = 'SoftTimeLimitExceeded'
  }
}

/** What a task failed with whose thread was ended at its hard time limit. Nothing throws it; `dontRetryFor` may name it. */
export class TimeLimitExceeded extends Error {
  constructor(seconds: number) {
    super(`the hard time limit of ${seconds} s is over: its thread was ended`)
    this.name = 'TimeLimitExceeded'
  }
}

/** What a task failed with whose thread ended under it. */
export class WorkerLostError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'WorkerLostError'
  }
}

/** A short text for any thrown value. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    // An object without a prototype, or one whose toString throws, has no text.
    return `a value of type ${typeof error}`
  }
}
