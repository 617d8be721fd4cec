import { randomUUID } from 'node:crypto'
import type { SmsBudgets, SmsCost } from './budgets/sms-budgets.ts'
import type { CaptchaFields, CaptchaVerifier } from './captcha/verifier.ts'
import { makeCode, type SmsCodes } from './codes/sms-codes.ts'
import { describeError } from './error-answers.ts'
import { AppError } from './errors.ts'
import type { SmsCodeRequest } from './forms.ts'
import type { Logger } from './logger.ts'
import { RedisLate, type RedisTime } from './redis-time.ts'
import type { SentMessages } from './sent-messages.ts'
import type { TakeBacks } from './take-backs.ts'
import type { Users } from './users.ts'

/** In place of a mobile and a code: the message is queued and taken like any other, and nothing is sent. */
const NOBODY = ''

/**
 * Hands a message with a code over for sending. Resolves when it is safely queued. An error whose code is QUEUE_FULL may
 * tell in `retryAfterSeconds` when there is likely to be room again.
 *
 * @param mobile whom to send it to; empty, as is the code: nobody
 * @param options.taskId the id that the task is to have
 * @param options.expiresInSeconds after this the code is worthless, and the message need not be sent any more
 */
export type SendSmsCode = (
  mobile: string,
  code: string,
  options: { taskId: string; expiresInSeconds: number },
) => Promise<unknown>

/**
 * Sends a code to a mobile.
 *
 * 1. The captcha is used up, whatever its answer was.
 * 2. The budgets are spent and the mobile's flag is raised before anything is sent, so that of two requests at once only one sends.
 * 3. The code is stored before it is sent: the message may be quicker than the next command.
 * 4. A code for a new password goes to mobiles of accounts alone. For another mobile all is done that is done for these,
 *    down to a message on the queue, but that one is to nobody: neither answer, nor its time, nor a failure tells who has
 *    an account. (What became of such a message no page is told: see `SentMessages`.)
 * 5. When it can't be sent, code, budgets and flag are taken back, and the mobile is free to ask again.
 *
 * The request waits for all that only as long as it has time for Redis. Taking back goes on without it.
 */
export class SmsCodeSender {
  readonly #captcha: CaptchaVerifier<CaptchaFields>
  readonly #budgets: SmsBudgets
  readonly #codes: SmsCodes
  readonly #sendSmsCode: SendSmsCode
  readonly #sent: SentMessages
  readonly #users: Users
  readonly #takeBacks: TakeBacks
  readonly #ttlSeconds: number
  readonly #retryAfterSeconds: number
  readonly #logger: Logger

  /** @param parts.ttlSeconds how long a code is valid. @param parts.resendSeconds least time between two; null: none */
  constructor(parts: {
    captcha: CaptchaVerifier<CaptchaFields>
    budgets: SmsBudgets
    codes: SmsCodes
    sendSmsCode: SendSmsCode
    sent: SentMessages
    users: Users
    takeBacks: TakeBacks
    ttlSeconds: number
    resendSeconds: number | null
    logger: Logger
  }) {
    this.#captcha = parts.captcha
    this.#budgets = parts.budgets
    this.#codes = parts.codes
    this.#sendSmsCode = parts.sendSmsCode
    this.#sent = parts.sent
    this.#users = parts.users
    this.#takeBacks = parts.takeBacks
    this.#ttlSeconds = parts.ttlSeconds
    this.#retryAfterSeconds = parts.resendSeconds ?? 0
    this.#logger = parts.logger
  }

  /**
   * @param address the client's
   * @param time how long to wait for Redis
   * @returns the id of the task that sends the message, and in how many seconds the mobile may ask for another one
   * @throws AppError as the captcha's verifier does, SMS_TOO_FREQUENT, SMS_UNAVAILABLE; RedisLate; what Redis answered
   */
  async send(
    request: SmsCodeRequest,
    address: string,
    time: RedisTime,
  ): Promise<{ taskId: string; retryAfterSeconds: number }> {
    await time.spend(() => this.#captcha.verify(request))
    const cost = this.#budgets.costOf(request.mobile, address)
    const code = makeCode()
    try {
      await time.spend(() => this.#budgets.spend(cost))
      const recipient: [mobile: string, code: string] = (await this.#maySend(request))
        ? [request.mobile, code]
        : [NOBODY, NOBODY]
      await time.spend(() => this.#codes.store(request.purpose, request.mobile, code))
      const taskId = randomUUID()
      // On its way while the message is queued: of an id that nobody is told of, no page can ask.
      const noted = this.#sent.note(taskId, { hidden: request.purpose === 'reset' })
      noted.catch(() => undefined)
      await this.#queue(...recipient, taskId, time)
      await this.#awaitNote(noted, time)
      return { taskId, retryAfterSeconds: this.#retryAfterSeconds }
    } catch (error) {
      const nothingDone = error instanceof AppError && error.error === 'SMS_TOO_FREQUENT'
      if (!nothingDone) await time.waitFor(this.#takeBack(request, code, cost))
      // What was given up may be done all the same, after that.
      if (error instanceof RedisLate)
        error.work?.then(
          () => this.#takeBack(request, code, cost),
          () => undefined,
        )
      throw error
    }
  }

  async #maySend({ purpose, mobile }: SmsCodeRequest): Promise<boolean> {
    if (purpose !== 'reset') return true
    return (await this.#users.findByMobile(mobile))?.disabledAt === null
  }

  async #queue(mobile: string, code: string, taskId: string, time: RedisTime): Promise<void> {
    try {
      await time.spend(() => this.#sendSmsCode(mobile, code, { taskId, expiresInSeconds: this.#ttlSeconds }))
    } catch (error) {
      throw new AppError('SMS_UNAVAILABLE', { cause: error, ...roomIn(error) })
    }
  }

  /** The message is on its way: that its status can't be asked for is no reason to refuse it. */
  async #awaitNote(noted: Promise<void>, time: RedisTime): Promise<void> {
    try {
      await time.spend(() => noted)
    } catch (error) {
      this.#logger.warn(describeError(error), 'a sent message could not be noted for its page')
    }
  }

  /** The client is told the first failure, whatever becomes of this. All of it also expires by itself. */
  async #takeBack({ mobile, purpose }: SmsCodeRequest, code: string, cost: SmsCost): Promise<void> {
    await Promise.all([
      this.#takeBacks.run(() => this.#codes.withdraw(purpose, mobile, code)),
      this.#takeBacks.run(() => this.#budgets.giveBack(cost)),
    ])
  }
}

/** In how many whole seconds, at least 1, a queue that is full is likely to have room; nothing for any other error. */
function roomIn(error: unknown): { retryAfterSeconds?: number } {
  if (!(error instanceof Error && 'code' in error && error.code === 'QUEUE_FULL')) return {}
  const seconds = 'retryAfterSeconds' in error ? Number(error.retryAfterSeconds) : NaN
  return Number.isFinite(seconds) ? { retryAfterSeconds: Math.max(1, Math.ceil(seconds)) } : {}
}
