import type { LogLine, LogMessage } from './pool.ts'

/** How often lines leave a thread, in milliseconds, and how many at most. */
const intervalMs = 20
const mostAtOnce = 50

/** Most lines that wait in a thread; what comes then is left out. */
const mostWaiting = 1_000

/**
 * Passes on what the tasks of a thread log. A line goes at once where none did just before; else it waits for others. So a task that logs without pause
 * leaves the main thread turns for everything else.
 */
export class LogLines {
  readonly #send: (message: LogMessage) => void
  #waiting: LogLine[] = []
  #lost = 0
  #sentAt = -Infinity
  #timer: NodeJS.Timeout | null = null

  constructor(send: (message: LogMessage) => void) {
    this.#send = send
  }

  add(line: LogLine): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push(line)
    else this.#lost += 1
    const left = this.#sentAt + intervalMs - performance.now()
    // A task that computes leaves no turn for the timer.
    if (left <= 0) this.#pass(mostAtOnce)
    else this.#timer ??= setTimeout(() => this.#pass(mostAtOnce), left)
  }

  /** Passes on all that waits: its task is about to end. */
  flush(): void {
    if (this.#waiting.length > 0) this.#pass(mostWaiting)
  }

  #pass(most: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#send({ log: this.#waiting.splice(0, most), lost: this.#lost })
    this.#lost = 0
    this.#sentAt = performance.now()
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#pass(mostAtOnce), intervalMs)
  }
}
