import { setTimeout as delay } from 'node:timers/promises'
import { EngineError, messageOf, QueueFullError } from '../errors.ts'

/** The wait between two tries, in milliseconds. */
const retryWaitMs = 50

/** Answers of a server that will take the message soon; any other is final. */
const passing = /^(?:LOADING|READONLY|MASTERDOWN|TRYAGAIN|BUSY)\b/

/**
 * How long calls go on that the broker does not answer.
 *
 * 1. A call is made. An answer is an answer, and so is a refusal for good.
 * 2. No answer, or one that will be another soon: the same call again, until there is one or its time is over. The time counts from
 *    the last answer to anybody: the ten thousandth of many calls at once has to wait for those before it.
 */
export class Patience {
  readonly #timeoutMs: number
  #lastAnswer = 0

  /** @param timeoutMs how long a call goes on while the broker answers nobody */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** The broker has answered somebody. */
  answered(): void {
    this.#lastAnswer = performance.now()
  }

  /**
   * @param started when it was first wanted, `performance.now()` milliseconds
   * @throws EngineError BROKER_UNAVAILABLE; QueueFullError as it came
   */
  async insist<T>(started: number, call: () => Promise<T>): Promise<T> {
    const givesUpAt = (): number => Math.max(started, this.#lastAnswer) + this.#timeoutMs
    for (;;) {
      try {
        return await within(call(), givesUpAt)
      } catch (error) {
        if (error instanceof QueueFullError) throw error
        const final = error instanceof Error && error.name === 'ReplyError' && !passing.test(error.message)
        if (final || performance.now() + retryWaitMs >= givesUpAt()) {
          throw new EngineError('BROKER_UNAVAILABLE', `the broker did not take the message: ${messageOf(error)}`, {
            cause: error,
          })
        }
      }
      await delay(retryWaitMs)
    }
  }
}

/** @param givesUpAt `performance.now()` milliseconds; it may move on meanwhile */
function within<T>(work: Promise<T>, givesUpAt: () => number): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    let over = false
    const look = (): void => {
      if (over) return
      const left = givesUpAt() - performance.now()
      if (left <= 0) reject(new Error('it did not answer in time'))
      // A timer that is late because the process was busy comes before answers that have arrived meanwhile.
      else timer = setTimeout(() => setImmediate(look), left)
    }
    const settled = (): void => {
      over = true
      clearTimeout(timer)
      resolve(work)
    }
    work.then(settled, settled)
    look()
  })
}
