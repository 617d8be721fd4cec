import type { StoredResult } from '../broker/broker.ts'
import type { TaskFailure } from '../outcome.ts'
import type { TaskMessage } from '../message.ts'
import type { Json } from '../wire-value.ts'

/** The states that a finished task can have, in Celery's words. */
export type FinalState = 'SUCCESS' | 'FAILURE' | 'REVOKED'

/** Where results are kept. */
export interface ResultBackend {
  /** Whether results live in the broker's own database: then they are written in the step that ends the claim. */
  readonly sharesBroker: boolean
  /** A result as it is to be written. */
  encode(message: TaskMessage, state: FinalState, value: Json, stack: string | null): StoredResult
  /** Writes a result now; for a backend apart from the broker. A success is never overwritten. */
  store(result: StoredResult): Promise<void>
}

/** A failure as Celery keeps it. */
export function failureValue(error: TaskFailure): Json {
  return { exc_type: error.type, exc_message: [error.message], exc_module: 'lovage' }
}

/**
 * The result backend's JSON (Celery's `celery-task-meta-<id>`, celery.backends.base).
 *
 * @param now Unix milliseconds
 */
export function encodeMeta(
  message: TaskMessage,
  state: FinalState,
  value: Json,
  stack: string | null,
  now: number,
): string {
  return JSON.stringify({
    status: state,
    result: value,
    traceback: stack,
    children: [],
    date_done: new Date(now).toISOString().replace('Z', '+00:00'),
    task_id: message.id,
    ...(message.groupId === null ? {} : { group_id: message.groupId }),
    ...(message.parentId === null ? {} : { parent_id: message.parentId }),
  })
}
