import type { Captchas } from './captcha/captchas.ts'
import type { SendFlags } from './codes/send-flags.ts'
import { makeCode, type SmsCodes } from './codes/sms-codes.ts'
import { describeError } from './error-answers.ts'
import { AppError } from './errors.ts'
import type { SmsCodeRequest } from './forms.ts'
import type { Logger } from './logger.ts'
import type { SentMessages } from './sent-messages.ts'

/**
 * Hands a message with a code over for sending. Resolves when it is safely queued; the promise carries the task's id.
 *
 * @param options.expiresInSeconds after this the code is worthless, and the message need not be sent any more
 */
export type SendSmsCode = (
  mobile: string,
  code: string,
  options: { expiresInSeconds: number },
) => Promise<{ id: string }>

/**
 * Sends a code to a mobile.
 *
 * 1. The captcha is used up, whatever its answer was.
 * 2. The mobile's flag is raised before anything is sent, so that of two requests at once only one sends.
 * 3. The code is stored before it is sent: the message may be quicker than the next command.
 * 4. When it can't be sent, code and flag are taken back, and the mobile is free to ask again.
 */
export class SmsCodeSender {
  readonly #captchas: Captchas
  readonly #flags: SendFlags
  readonly #codes: SmsCodes
  readonly #sendSmsCode: SendSmsCode
  readonly #sent: SentMessages
  readonly #ttlSeconds: number
  readonly #retryAfterSeconds: number
  readonly #logger: Logger

  /** @param parts.ttlSeconds how long a code is valid. @param parts.resendSeconds least time between two; null: none */
  constructor(parts: {
    captchas: Captchas
    flags: SendFlags
    codes: SmsCodes
    sendSmsCode: SendSmsCode
    sent: SentMessages
    ttlSeconds: number
    resendSeconds: number | null
    logger: Logger
  }) {
    this.#captchas = parts.captchas
    this.#flags = parts.flags
    this.#codes = parts.codes
    this.#sendSmsCode = parts.sendSmsCode
    this.#sent = parts.sent
    this.#ttlSeconds = parts.ttlSeconds
    this.#retryAfterSeconds = parts.resendSeconds ?? 0
    this.#logger = parts.logger
  }

  /**
   * @returns the id of the task that sends the message, and in how many seconds the mobile may ask for another one
   * @throws AppError CAPTCHA_EXPIRED, CAPTCHA_WRONG, SMS_TOO_FREQUENT, SMS_UNAVAILABLE; what Redis answered
   */
  async send(request: SmsCodeRequest): Promise<{ taskId: string; retryAfterSeconds: number }> {
    const { mobile, purpose } = request
    await this.#checkCaptcha(request)
    const waitSeconds = await this.#flags.raise(mobile)
    if (waitSeconds > 0) throw new AppError('SMS_TOO_FREQUENT', { retryAfterSeconds: waitSeconds })
    const code = makeCode()
    try {
      await this.#codes.store(purpose, mobile, code)
      const { id } = await this.#queue(mobile, code)
      await this.#note(id)
      return { taskId: id, retryAfterSeconds: this.#retryAfterSeconds }
    } catch (error) {
      await this.#takeBack(request, code)
      throw error
    }
  }

  async #checkCaptcha({ image_code_id: uuid, image_code: answer }: SmsCodeRequest): Promise<void> {
    const text = await this.#captchas.take(uuid)
    if (text === null) throw new AppError('CAPTCHA_EXPIRED')
    if (text !== answer.toUpperCase()) throw new AppError('CAPTCHA_WRONG')
  }

  async #queue(mobile: string, code: string): Promise<{ id: string }> {
    try {
      return await this.#sendSmsCode(mobile, code, { expiresInSeconds: this.#ttlSeconds })
    } catch (error) {
      throw new AppError('SMS_UNAVAILABLE', { cause: error })
    }
  }

  /** The message is on its way: that its status can't be asked for is no reason to refuse it. */
  async #note(taskId: string): Promise<void> {
    try {
      await this.#sent.note(taskId)
    } catch (error) {
      this.#logger.warn(describeError(error), 'a sent message could not be noted for its page')
    }
  }

  /** A failure here is only logged: the client is told the first one, and both keys expire by themselves. */
  async #takeBack({ mobile, purpose }: SmsCodeRequest, code: string): Promise<void> {
    const results = await Promise.allSettled([this.#codes.withdraw(purpose, mobile, code), this.#flags.lower(mobile)])
    for (const result of results) {
      if (result.status === 'rejected') {
        this.#logger.warn(describeError(result.reason), 'a code that was not sent could not be taken back')
      }
    }
  }
}
