import type { TaskMessage } from '../message.ts'

/** What a line of the log about a message says of it. */
export interface LogFields {
  /** The task's name. */
  readonly task: string
  /** As in the line of the request that has sent it, and in those that the task writes itself. */
  readonly taskId: string
  /** Which run of it this is, from 1: retries, and runs that a dying process or thread took with it, count. */
  readonly attempt: number
}

/** Every line about a message has these, so that all lines about a task are found by its id. */
export function logFields({
  name,
  id,
  retries,
  crashes,
}: Pick<TaskMessage, 'name' | 'id' | 'retries' | 'crashes'>): LogFields {
  return { task: name, taskId: id, attempt: retries + crashes + 1 }
}
