import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { TaskMessage } from '../message.ts'
import type { ResultBackend } from '../results/results.ts'
import type { Json } from '../wire-value.ts'

/** What it works with. */
export interface TaskStatesOptions {
  readonly results: ResultBackend
  readonly logger: Logger
}

interface Running {
  readonly message: TaskMessage
  next: { readonly state: string; readonly value: Json } | null
  writing: Promise<void> | null
}

/**
 * Writes what running tasks say of themselves to the result backend.
 *
 * 1. begin: the task runs.
 * 2. report: its state is written; while one is being written only the newest of those that come is kept.
 * 3. end: what is being written is awaited, so that it does not come after the task's result; the rest is dropped.
 */
export class TaskStates {
  readonly #options: TaskStatesOptions
  readonly #running = new Map<number, Running>()

  constructor(options: TaskStatesOptions) {
    this.#options = options
  }

  begin(key: number, message: TaskMessage): void {
    this.#running.set(key, { message, next: null, writing: null })
  }

  /** A task that is not running, or wants no result, is passed over. */
  report(key: number, state: string, value: Json): void {
    const task = this.#running.get(key)
    if (task === undefined) return
    task.next = { state, value }
    task.writing ??= this.#write(task)
  }

  /** @returns what is still being written; null: nothing */
  end(key: number): Promise<void> | null {
    const task = this.#running.get(key)
    if (task === undefined) return null
    this.#running.delete(key)
    task.next = null
    return task.writing
  }

  async #write(task: Running): Promise<void> {
    const { results, logger } = this.#options
    for (let { next } = task; next !== null; { next } = task) {
      task.next = null
      try {
        await results.store(results.encode(task.message, next.state, next.value, null))
      } catch (error) {
        logger.debug({ taskId: task.message.id, error: messageOf(error) }, 'a state could not be stored')
      }
    }
    task.writing = null
  }
}
