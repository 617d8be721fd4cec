import type { StateMessage } from './pool.ts'

/** How often one task's state may leave its thread, in milliseconds. */
const intervalMs = 20

interface Reporting {
  sentAt: number
  held: StateMessage | null
  timer: NodeJS.Timeout | null
}

/**
 * Passes on what the tasks of a thread say of themselves, of each the newest every 20 ms: one that says something without
 * pause would otherwise leave the main thread no turn for anything else.
 */
export class StateThrottle {
  readonly #send: (message: StateMessage) => void
  readonly #tasks = new Map<number, Reporting>()

  constructor(send: (message: StateMessage) => void) {
    this.#send = send
  }

  report(message: StateMessage): void {
    const task = this.#tasks.get(message.key) ?? { sentAt: -Infinity, held: null, timer: null }
    this.#tasks.set(message.key, task)
    const left = task.sentAt + intervalMs - performance.now()
    task.held = message
    if (left <= 0) this.#pass(task)
    else task.timer ??= setTimeout(() => this.#pass(task), left)
  }

  /** The task has ended: what was held back is of no use any more. */
  end(key: number): void {
    const timer = this.#tasks.get(key)?.timer
    if (timer) clearTimeout(timer)
    this.#tasks.delete(key)
  }

  #pass(task: Reporting): void {
    if (task.timer !== null) clearTimeout(task.timer)
    task.timer = null
    if (task.held === null) return
    this.#send(task.held)
    task.held = null
    task.sentAt = performance.now()
  }
}
