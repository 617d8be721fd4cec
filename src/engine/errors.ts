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

/**
 * Thrown by a task: it went wrong this time, and may go well if tried again (a network that blinked, a busy provider).
 * Tried again at once as the task's `retryInPlace` says; after that it is a failure with a dead letter.
 */
export class TransientError extends Error {
  /** How long the other side asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | null

  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number | undefined } = {}) {
    super(message, options)
    this.name = 'TransientError'
    this.retryAfterMs = options.retryAfterMs ?? null
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

/** Thrown into a task that reached its soft time limit. */
export class SoftTimeLimitExceeded extends Error {
  constructor(seconds: number) {
    super(`the soft time limit of ${seconds} s is over`)
    this.name = 'SoftTimeLimitExceeded'
  }
}

/** A short text for any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
