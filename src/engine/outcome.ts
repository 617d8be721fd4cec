import { messageOf, PermanentError, SoftTimeLimitExceeded, TransientError } from './errors.ts'
import type { Json } from './wire-value.ts'

/** What is kept of a thrown value: its class and fields do not survive the way out of a thread. */
export interface TaskFailure {
  /** The class's name, or what a PermanentError says (Celery's `exc_type`). */
  readonly type: string
  readonly message: string
  readonly stack: string | null
}

/**
 * What became of one run of a task. A thread returns it; it never throws.
 *
 * - `success`: the handler returned; `result` is its value as JSON
 * - `transient`: it may go well another time
 * - `failure`: trying again is useless, or nobody said that it would help
 * - `unreadable`: the message's body is not one
 * - `lost`: the thread ended under the task (filled in by the pool)
 */
export type Outcome = { readonly runtimeMs: number } & (
  | { readonly kind: 'success'; readonly result: Json }
  | { readonly kind: 'transient'; readonly error: TaskFailure; readonly retryAfterMs: number | null }
  | { readonly kind: 'failure'; readonly error: TaskFailure; readonly deadLetter: boolean }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'lost'; readonly error: TaskFailure }
)

/** The outcome of a run that threw. */
export function outcomeOfError(error: unknown, runtimeMs: number): Outcome {
  const failure = failureOf(error)
  if (error instanceof TransientError) {
    return { kind: 'transient', error: failure, retryAfterMs: error.retryAfterMs, runtimeMs }
  }
  if (error instanceof SoftTimeLimitExceeded)
    return { kind: 'transient', error: failure, retryAfterMs: null, runtimeMs }
  const deadLetter = error instanceof PermanentError ? error.deadLetter : true
  return { kind: 'failure', error: failure, deadLetter, runtimeMs }
}

/** Class name, message and stack of a thrown value. */
export function failureOf(error: unknown): TaskFailure {
  if (!(error instanceof Error)) return { type: 'Error', message: messageOf(error), stack: null }
  const type = error instanceof PermanentError ? error.type : error.name
  return { type, message: error.message, stack: error.stack ?? null }
}
