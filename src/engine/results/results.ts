import type { StoredResult } from '../broker/broker.ts'
import { readJson } from '../exact-json.ts'
import type { TaskFailure } from '../outcome.ts'
import type { TaskMessage } from '../message.ts'
import { isoFromMs, type Json } from '../wire-value.ts'

/** A task's state, in Celery's words: PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, or one that the task itself set. */
export type TaskState = string

/** States in which nothing more happens to a task. */
export const readyStates: ReadonlySet<TaskState> = new Set(['SUCCESS', 'FAILURE', 'REVOKED'])

/** Whose result it is. */
export type ResultOwner = Pick<TaskMessage, 'id' | 'groupId' | 'parentId'>

/** What the backend holds of a task. */
export interface ResultMeta {
  readonly state: TaskState
  readonly result: Json
  readonly traceback: string | null
  /** What it holds that JavaScript can not hold: then `result` is not what was returned. */
  readonly lost?: string
  /** What it has sent, as Celery lists it. */
  readonly children?: Json
}

/** Where a worker keeps results. */
export interface ResultBackend {
  /** Whether results live in the broker's own database: then they are written in the step that ends the claim. */
  readonly sharesBroker: boolean
  /** A result as it is to be written. @param children what it has sent, as Celery lists it */
  encode(
    message: ResultOwner,
    state: TaskState,
    value: Json,
    stack: string | null,
    children?: readonly Json[],
  ): StoredResult
  /** Writes a result now. A success is never overwritten. */
  store(result: StoredResult): Promise<void>
}

/** Where results are read. */
export interface ResultReader {
  /** What is held of a task; null for one that nothing is known of (Celery's PENDING). */
  read(id: string): Promise<ResultMeta | null>
  /** Resolves with the result when the task has ended; null when `timeoutMs` are over first. null: waits without an end. */
  wait(id: string, timeoutMs: number | null): Promise<ResultMeta | null>
  /** Drops what is held. */
  forget(id: string): Promise<void>
}

/** Celery's own key for a task's result. */
export function resultKey(id: string): string {
  return `celery-task-meta-${id}`
}

/** Reads what {@link encodeMeta} or Celery has written; null for what no backend of Celery's writes. */
export function readMeta(json: string): ResultMeta | null {
  try {
    const { value, lost } = readJson(json)
    const { status, result = null, traceback = null, children = [] } = value as Record<string, unknown>
    if (typeof status !== 'string') return null
    return {
      state: status,
      result: result as Json,
      traceback: typeof traceback === 'string' ? traceback : null,
      ...(lost !== null && { lost }),
      children: children as Json,
    }
  } catch {
    return null
  }
}

/** Errors that Celery has too: a Python caller gets its own class. */
const celerysOwn = new Set(['TimeLimitExceeded', 'SoftTimeLimitExceeded', 'WorkerLostError'])

/** A failure as Celery keeps it. */
export function failureValue({ type, message }: TaskFailure): Json {
  return { exc_type: type, exc_message: [message], exc_module: celerysOwn.has(type) ? 'billiard.exceptions' : 'lovage' }
}

/** The failure of a task whose message can't be read: a Python caller gets kombu's own error for that. */
export function unreadableValue(reason: string): Json {
  return { exc_type: 'DecodeError', exc_message: [reason], exc_module: 'kombu.exceptions' }
}

/** Celery's own failure of a task that was revoked, expired or terminated. */
export function revokedValue(reason: 'revoked' | 'expired' | 'terminated'): Json {
  return { exc_type: 'TaskRevokedError', exc_message: [reason], exc_module: 'celery.exceptions' }
}

/**
 * The result backend's JSON (Celery's `celery-task-meta-<id>`, celery.backends.base).
 *
 * @param now Unix milliseconds
 */
export function encodeMeta(
  message: ResultOwner,
  state: TaskState,
  value: Json,
  stack: string | null,
  now: number,
  children: readonly Json[] = [],
): string {
  // Filled, not spread: there is one for each task.
  const meta: Record<string, unknown> = {
    status: state,
    result: value,
    traceback: stack,
    children,
    date_done: readyStates.has(state) ? isoFromMs(now) : null,
    task_id: message.id,
  }
  if (message.groupId !== null) meta['group_id'] = message.groupId
  if (message.parentId !== null) meta['parent_id'] = message.parentId
  return JSON.stringify(meta)
}
