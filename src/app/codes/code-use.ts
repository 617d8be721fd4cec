import { describeError } from '../error-answers.ts'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { RedisTime } from '../redis-time.ts'
import type { Purpose, SmsCodes, TakenCodes } from './sms-codes.ts'

/**
 * Does what an SMS code is needed for.
 *
 * 1. The code is accepted and used up in one step, so that of two requests at once with one code one goes on.
 * 2. The work is done.
 * 3. Where it fails, the code goes back as it was, in the background if the request has no time left.
 */
export class CodeUse {
  readonly #codes: SmsCodes
  readonly #logger: Logger

  constructor(codes: SmsCodes, logger: Logger) {
    this.#codes = codes
    this.#logger = logger
  }

  /**
   * @param form the mobile, and the code that was given
   * @param time how long to wait for Redis
   * @throws AppError SMS_CODE_EXPIRED, SMS_CODE_WRONG; RedisLate; what Redis answered; what the work threw
   */
  async use(
    purpose: Purpose,
    form: { mobile: string; sms_code: string },
    time: RedisTime,
    work: () => Promise<void>,
  ): Promise<void> {
    const acceptance = await time.spend(() => this.#codes.accept(purpose, form.mobile, form.sms_code))
    if (acceptance.outcome === 'expired') throw new AppError('SMS_CODE_EXPIRED')
    if (acceptance.outcome === 'wrong') throw new AppError('SMS_CODE_WRONG')
    try {
      await work()
    } catch (error) {
      await time.waitFor(this.#giveBack(acceptance.taken))
      throw error
    }
  }

  async #giveBack(taken: TakenCodes): Promise<void> {
    try {
      await this.#codes.giveBack(taken)
    } catch (error) {
      this.#logger.warn(describeError(error), 'the code of a request that failed could not be given back')
    }
  }
}
