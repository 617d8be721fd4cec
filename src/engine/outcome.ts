import { Replaced } from './canvas/replaced.ts'
import type { Embed, WireSignature } from './canvas/wire-signature.ts'
import {
  Ignore,
  messageOf,
  PermanentError,
  Reject,
  Retry,
  SoftTimeLimitExceeded,
  TimeLimitExceeded,
  TransientError,
} from './errors.ts'
import { cutAt } from './python-repr.ts'
import type { ErrorMatch, TaskOptions } from './task-options.ts'
import type { TraceHeaders } from './trace-headers.ts'
import type { Json } from './wire-value.ts'

/** What is kept of a thrown value: its class and fields do not survive the way out of a thread. */
export interface TaskFailure {
  /** The class's name, or what a PermanentError says (Celery's `exc_type`). */
  readonly type: string
  readonly message: string
  readonly stack: string | null
}

/** Where a thread was when its task reached the soft time limit. */
export interface HangProfile {
  /** The stack that was seen most, innermost first; null when the thread was waiting. */
  readonly stack: string | null
  /** A .cpuprofile as JSON; null where it was too large. */
  readonly cpuProfile: string | null
  /** How long was looked, in milliseconds. */
  readonly durationMs: number
}

/**
 * Why a thread ended under a task.
 *
 * - `crash`: by itself. `alone` says whether the task had the thread to itself, so that it was this one's doing
 * - `timeLimit`: ended at this task's hard limit
 * - `terminated`: ended because this task was revoked
 * - `bystander`: ended for another task that shared it
 * - `stopped`: ended with the pool
 */
export type LossCause = 'crash' | 'timeLimit' | 'terminated' | 'bystander' | 'stopped'

/**
 * What became of one run of a task. A thread returns it; it never throws.
 *
 * - `success`: the handler returned; `result` is its value as JSON
 * - `transient`: it may go well another time
 * - `retry`: the task asked for another run
 * - `failure`: trying again is useless, or nobody said that it would help
 * - `reject`: the task refused the message
 * - `ignore`: done, without a result
 * - `replaced`: a signature takes its place
 * - `unreadable`: the message's body is not one
 * - `unstarted`: it has not begun, and would have to wait for too long (filled in by the pool)
 * - `lost`: the thread ended under the task (filled in by the pool)
 */
export type Outcome = OutcomeFacts &
  (
    | { readonly kind: 'success'; readonly result: Json }
    | {
        readonly kind: 'transient'
        readonly error: TaskFailure
        readonly retryAfterMs: number | null
        /** What the next run is told. */
        readonly memo?: string
      }
    | { readonly kind: 'retry'; readonly error: TaskFailure; readonly countdownMs: number | null }
    | { readonly kind: 'failure'; readonly error: TaskFailure; readonly deadLetter: boolean }
    | { readonly kind: 'reject'; readonly error: TaskFailure; readonly requeue: boolean }
    | { readonly kind: 'ignore' | 'unstarted' }
    | { readonly kind: 'replaced'; readonly signature: WireSignature }
    | { readonly kind: 'unreadable'; readonly reason: string }
    | {
        readonly kind: 'lost'
        readonly error: TaskFailure
        readonly cause: LossCause
        readonly alone: boolean
        /** It waited for a thread, and never got one. */
        readonly begun?: false
      }
  )

interface OutcomeFacts {
  readonly runtimeMs: number
  /** The handler did not end at its soft limit and still runs: its thread must not be given to others. */
  readonly leftRunning?: true
  readonly profile?: HangProfile
  /** What comes after the task, where anything does: what the thread found in its message. */
  readonly follows?: Embed
  /** The run's span, for what is sent because of it; only where something is. */
  readonly trace?: TraceHeaders
}

type ErrorRules = Pick<TaskOptions<never[]>, 'retryFor' | 'dontRetryFor'>

/** The outcome of a run that threw. */
export function outcomeOfError(error: unknown, runtimeMs: number, rules: ErrorRules = {}): Outcome {
  const failure = failureOf(error)
  if (error instanceof Ignore) return { kind: 'ignore', runtimeMs }
  if (error instanceof Replaced) return { kind: 'replaced', signature: error.signature, runtimeMs }
  if (error instanceof Reject) return { kind: 'reject', error: failure, requeue: error.requeue, runtimeMs }
  if (error instanceof Retry) {
    const countdownMs = error.countdown === null ? null : error.countdown * 1000
    return {
      kind: 'retry',
      error: error.cause === undefined ? failure : failureOf(error.cause),
      countdownMs,
      runtimeMs,
    }
  }
  if (isWorthRetrying(error, rules)) {
    const { retryAfterMs, memo } = error instanceof TransientError ? error : { retryAfterMs: null, memo: null }
    return { kind: 'transient', error: failure, retryAfterMs, ...(memo !== null && { memo }), runtimeMs }
  }
  const deadLetter = error instanceof PermanentError ? error.deadLetter : true
  return { kind: 'failure', error: failure, deadLetter, runtimeMs }
}

/** Whether an error may go well another time, by its class and the task's own rules. A rule that throws counts as no. */
export function isWorthRetrying(error: unknown, rules: ErrorRules): boolean {
  if (error instanceof PermanentError || matches(error, rules.dontRetryFor)) return false
  const byClass = [TransientError, SoftTimeLimitExceeded, TimeLimitExceeded].some((type) => error instanceof type)
  return byClass || matches(error, rules.retryFor)
}

function matches(error: unknown, match: ErrorMatch | undefined): boolean {
  if (match === undefined) return false
  try {
    if (typeof match !== 'function') return match.some((type) => error instanceof type)
    // Only `true` is a yes: a promise is none.
    const said: unknown = match(error)
    return said === true
  } catch {
    return false
  }
}

/** Longest texts of a failure, in characters: whatever was thrown goes through the main thread, the log and Redis, into the result and beside the message. */
const longest = { type: 200, message: 4_096, stack: 16_384 }

/** Class name, message and stack of a thrown value, each cut where it is too long. */
export function failureOf(error: unknown): TaskFailure {
  if (!(error instanceof Error))
    return { type: 'Error', message: cutAt(messageOf(error), longest.message), stack: null }
  // Anybody may have put anything there, and what is no text may not get out of a thread.
  const { name, message, stack } = error as unknown as Record<string, unknown>
  const type = error instanceof PermanentError ? error.type : messageOf(name)
  const said = messageOf(message)
  const text = cutAt(said, longest.message)
  return {
    type: cutAt(type, longest.type),
    message: text,
    stack:
      typeof stack === 'string' ? cutAt(text === said ? stack : withMessage(stack, said, text), longest.stack) : null,
  }
}

/** A stack begins with the message: a long one must not leave out where it came from. */
function withMessage(stack: string, long: string, short: string): string {
  const at = stack.indexOf(long)
  return at === -1 ? stack : stack.slice(0, at) + short + stack.slice(at + long.length)
}
