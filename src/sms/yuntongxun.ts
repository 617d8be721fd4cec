import { below } from './check-settings.ts'
import { checkMessage } from './check-message.ts'
import type { AccountCheck, SmsGateway, SmsMessage, SmsResult, SmsSettings } from './gateway.ts'
import { httpFailure, jsonFields, networkFailure, refusal, textOf } from './http-answer.ts'
import type { PostAnswer } from './http-post.ts'
import { HttpProvider } from './http-provider.ts'
import { chineseForm } from './mobile-form.ts'
import { cleanProviderText } from './provider-text.ts'
import { classOfCode, openCodes } from './yuntongxun-codes.ts'
import { checkYuntongxunSettings } from './yuntongxun-settings.ts'
import { authorization, chinaTimestamp, reqIdOf, signature } from './yuntongxun-signature.ts'

const JSON_TYPE = 'application/json;charset=utf-8'

/**
 * Sends messages through Yuntongxun's template SMS (REST interface of 2013-12-26).
 *
 * In order: sign the request for this second, send it over a kept connection, read the answer's status code, look up
 * its class. Retries are the caller's: the `reqId`, made from the message's requestId, keeps them from sending twice.
 */
export class YuntongxunGateway implements SmsGateway {
  readonly name = 'yuntongxun'
  readonly idempotent = true
  readonly clockToleranceMs = 86_400_000
  readonly url: URL
  readonly #settings: SmsSettings['yuntongxun']
  readonly #provider: HttpProvider

  /** @throws SmsError SMS_SETTING_INVALID */
  constructor(settings: SmsSettings) {
    this.#settings = settings.yuntongxun
    this.url = checkYuntongxunSettings(settings)
    this.#provider = new HttpProvider(this.url, settings, true)
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult> {
    signal.throwIfAborted()
    checkMessage(message)
    const { authToken, appId, templateId } = this.#settings
    const body = JSON.stringify({
      to: chineseForm(message.mobile),
      appId,
      templateId,
      datas: [message.code, String(message.validMinutes)],
      reqId: reqIdOf(message.requestId),
    })
    const result = await this.#provider.ask({ ...this.#signed('/SMS/TemplateSMS'), body }, signal)
    return result.kind === 'failure' ? networkFailure(result) : judge(result, [authToken, message.code])
  }

  /** AccountInfo gives the account's balance. */
  checkAccount(signal: AbortSignal): Promise<AccountCheck> {
    const request = { method: 'GET', ...this.#signed('/AccountInfo'), body: '' } as const
    const read = (answer: PostAnswer): Pick<AccountCheck, 'outcome' | 'reason'> => {
      const { code, text } = readBody(answer.body)
      if (code === '000000') return { outcome: 'accepted', reason: 'the account is known' }
      if (code === undefined) return { outcome: 'unknown', reason: httpFailure(answer).reason }
      const words = cleanProviderText(text, [this.#settings.authToken])
      return { outcome: 'refused', reason: refusal('configuration', code, words, answer).reason }
    }
    return this.#provider.askAccount({ call: 'AccountInfo', request, read }, signal)
  }

  close(): void {
    this.#provider.close()
  }

  /** @param path below the account */
  #signed(path: string): { url: URL; headers: Record<string, string> } {
    const { accountSid, authToken } = this.#settings
    const timestamp = chinaTimestamp(Date.now())
    const url = below(this.url, path)
    url.searchParams.set('sig', signature(accountSid, authToken, timestamp))
    const headers = {
      accept: JSON_TYPE,
      'content-type': JSON_TYPE,
      authorization: authorization(accountSid, timestamp),
    }
    return { url, headers }
  }
}

/**
 * What an answer means. A 5xx is worth a retry whatever it says, for the reqId makes a retry harmless. Else the provider's
 * status code decides, and without one the HTTP status.
 */
function judge(answer: PostAnswer, secrets: readonly string[]): SmsResult {
  if (answer.status >= 500) return httpFailure(answer)
  const { code, text } = readBody(answer.body)
  if (code === undefined) return httpFailure(answer)
  const codeClass = classOfCode(code)
  if (codeClass === 'accepted') return { class: 'accepted', providerCode: code }
  const failure = refusal(codeClass, code, cleanProviderText(text, secrets), answer)
  return openCodes.has(code) ? { ...failure, maybeSent: true } : failure
}

/** The status code, if the body is JSON and holds one of the right form, and the provider's words. */
function readBody(body: string): { code: string | undefined; text: string } {
  const { statusCode, statusMsg } = jsonFields(body)
  return {
    code: typeof statusCode === 'string' && /^\d{6}$/.test(statusCode) ? statusCode : undefined,
    text: textOf(statusMsg),
  }
}
