import type { TaskMessage } from '../message.ts'
import { traceIdOf } from '../trace-headers.ts'

/** What a line of the log about a message says of it. */
export interface LogFields {
  /** The task's name. */
  readonly task: string
  /** As in the line of the request that has sent it, and in those that the task writes itself. */
  readonly taskId: string
  /** Which run of it this is, from 1: retries, and runs that a dying process or thread took with it, count. */
  readonly attempt: number
  /** The trace that its message names. */
  traceId?: string
}

/** What is logged. */
export type Logged = Pick<TaskMessage, 'name' | 'id' | 'retries' | 'crashes' | 'trace'>

/** Every line about a message has these, so that all lines about a task are found by its id. */
export function logFields(message: Logged): LogFields {
  return traced({ task: message.name, taskId: message.id, attempt: attemptOf(message) }, message)
}

/*
 * These two are made for every task, also where the level leaves its lines out. Spread from the others they would take more time than all else that
 * is done for a short task's log (bench/rows/drain.mjs).
 */

/** Of the line of a task that begins. */
export function startFields(message: Logged, queue: string): LogFields {
  return traced({ task: message.name, taskId: message.id, attempt: attemptOf(message), queue }, message)
}

/** Of the line of a task that has ended. @param ms how long it ran in its thread; 0: it did not */
export function endFields(message: Logged, ms: number): LogFields {
  return traced({ task: message.name, taskId: message.id, attempt: attemptOf(message), ms }, message)
}

function attemptOf({ retries, crashes }: Logged): number {
  return retries + crashes + 1
}

function traced<Fields extends LogFields>(fields: Fields, { trace }: Logged): Fields {
  const traceId = trace === undefined ? null : traceIdOf(trace)
  if (traceId !== null) fields.traceId = traceId
  return fields
}
