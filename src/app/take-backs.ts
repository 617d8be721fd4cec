import { describeError } from './error-answers.ts'
import type { Logger } from './logger.ts'
import { isOutage } from './outages.ts'

/** How long to wait before what could not be taken back is tried again, in milliseconds. */
const waitMs = 1_000

/** How many are kept to be tried again. Beyond that they are left to expire. */
const mostWaiting = 1_000

/**
 * Takes back what came to nothing, also when Redis is away just then.
 *
 * 1. `run` tries at once. A failure is logged.
 * 2. Redis is away: it is kept. Every second the oldest is tried; when that goes through, the others follow.
 * 3. `close` gives up what is kept.
 *
 * What is kept must be safe to be done twice: an answer may have been lost.
 */
export class TakeBacks {
  readonly #logger: Logger
  readonly #waiting: (() => Promise<unknown>)[] = []
  /** Runs, or has run out and what it does has not ended. */
  #timer: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Never rejects. Resolves after the first try. */
  async run(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#logger.warn(describeError(error), 'a code that was not sent could not be taken back')
      if (!isOutage(error) || this.#waiting.length >= mostWaiting || this.#isClosed) return
      this.#waiting.push(work)
      this.#tryLater()
    }
  }

  /** Nothing is tried again after this: what is kept is left to expire. */
  close(): void {
    this.#isClosed = true
    this.#waiting.length = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #tryLater(): void {
    if (this.#timer !== null) return
    // It must not keep the process.
    this.#timer = setTimeout(() => void this.#tryAgain(), waitMs).unref()
  }

  async #tryAgain(): Promise<void> {
    for (let work = this.#waiting[0]; work !== undefined; work = this.#waiting[0]) {
      try {
        await work()
      } catch (error) {
        if (isOutage(error)) break
        this.#logger.warn(describeError(error), 'a code that was not sent could not be taken back')
      }
      this.#waiting.shift()
    }
    this.#timer = null
    if (this.#waiting.length > 0) this.#tryLater()
  }
}
