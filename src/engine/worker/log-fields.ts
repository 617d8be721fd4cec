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
  readonly traceId?: string
}

/** What is logged. */
export type Logged = Pick<TaskMessage, 'name' | 'id' | 'retries' | 'crashes' | 'trace'>

/** Every line about a message has these, so that all lines about a task are found by its id. */
export function logFields({ name, id, retries, crashes, trace }: Logged): LogFields {
  const fields = { task: name, taskId: id, attempt: retries + crashes + 1 }
  const traceId = trace === undefined ? null : traceIdOf(trace)
  return traceId === null ? fields : { ...fields, traceId }
}
