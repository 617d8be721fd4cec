import type { Broker } from '../broker/broker.ts'
import type { Logger } from '../logger.ts'
import type { LogLine } from '../pool/pool.ts'
import { cutAt } from '../python-repr.ts'
import type { TaskRecorder } from './task-recorder.ts'

/** Longest line, in characters: what comes out of a thread may be anything. */
const longest = 500

/** Where the lines go. */
export interface TaskLogsOptions {
  readonly broker: Pick<Broker, 'now'>
  /** null: none are kept. */
  readonly records: Pick<TaskRecorder, 'logged'> | null
  readonly logger: Pick<Logger, 'info'>
}

/** Takes what running tasks log: into the process's log, and into the records of tasks. */
export class TaskLogs {
  readonly #options: TaskLogsOptions

  constructor(options: TaskLogsOptions) {
    this.#options = options
  }

  add({ id, name, text, at }: LogLine): void {
    const { broker, records, logger } = this.#options
    const line = cutAt(text, longest)
    logger.info({ task: name, taskId: id }, line)
    records?.logged(id, name, { time: Math.round(at + broker.now() - Date.now()), text: line })
  }
}
