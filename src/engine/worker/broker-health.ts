import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** What it works with. */
export interface BrokerHealthOptions {
  /** Told when the broker answers again after it had not. */
  readonly onBack: () => void
  readonly logger: Logger
  /** What is logged; default: what a worker has to say. */
  readonly words?: { readonly away: string; readonly back: string }
}

const workersWords = {
  away: 'the broker does not answer: taking no tasks',
  back: 'the broker is back: taking tasks again',
}

/**
 * Whether the broker answers, as far as anybody in this worker has noticed: one line in the log when it goes, one when it is
 * back, whoever asks and however often.
 */
export class BrokerHealth {
  readonly #options: BrokerHealthOptions
  #awaySince: number | null = null
  #lastAnswer = 0
  readonly #refusals = new Map<string, string>()

  constructor(options: BrokerHealthOptions) {
    this.#options = options
  }

  /** When it last answered: `performance.now()` milliseconds; 0 before the first answer. */
  get lastAnswer(): number {
    return this.#lastAnswer
  }

  /** It did what it was asked for. */
  answered(): void {
    this.#lastAnswer = performance.now()
    if (this.#awaySince === null) return
    const awayMs = Math.round(this.#lastAnswer - this.#awaySince)
    this.#awaySince = null
    const { logger, onBack, words = workersWords } = this.#options
    logger.info({ awayMs }, words.back)
    onBack()
  }

  /**
   * It did not do what it was asked for: it is away; or it is well and refused this one thing, which is told once for each
   * thing and reason.
   *
   * @param what in words, for the log
   * @returns whether it is away
   */
  failed(what: string, error: unknown): boolean {
    if (isRefusal(error)) {
      const reason = messageOf(error)
      if (this.#refusals.get(what) !== reason) this.#options.logger.warn({ what, error: reason }, 'the broker refused')
      this.#refusals.set(what, reason)
      return false
    }
    if (this.#awaySince !== null) return true
    this.#awaySince = performance.now()
    const { logger, words = workersWords } = this.#options
    logger.warn({ error: messageOf(error) }, words.away)
    return true
  }
}

/** Answers of a Redis that is there but can't serve now; within a script, Redis before 7 puts its own words in front. */
const unable = /^(?:ERR Error running script .*-)?(?:READONLY|OOM|LOADING|MISCONF|MASTERDOWN|BUSY|TRYAGAIN|NOAUTH)\b/

/** Whether the broker is well, and refused this one thing. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && !unable.test(error.message)
}
