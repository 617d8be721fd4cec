import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { checkMessage } from './check-message.ts'
import type { SmsFailure, SmsFailureClass, SmsGateway, SmsMessage, SmsResult, SmsSettings } from './gateway.ts'
import { post, type PostResult } from './http-post.ts'
import { cleanProviderText } from './provider-text.ts'
import { retryAfterMs } from './retry-after.ts'
import { classOfCode } from './yuntongxun-codes.ts'
import { checkYuntongxunSettings } from './yuntongxun-settings.ts'
import { authorization, chinaTimestamp, reqIdOf, signature } from './yuntongxun-signature.ts'

const JSON_TYPE = 'application/json;charset=utf-8'

type Answer = Extract<PostResult, { kind: 'answer' }>

/**
 * Sends messages through Yuntongxun's template SMS (REST interface of 2013-12-26).
 *
 * In order: sign the request for this second, send it over a kept connection, read the answer's status code, look up
 * its class. Retries are the caller's: the `reqId`, made from the message's requestId, keeps them from sending twice.
 */
export class YuntongxunGateway implements SmsGateway {
  readonly name = 'yuntongxun'
  readonly idempotent = true
  readonly #settings: SmsSettings
  readonly #url: URL
  readonly #agent: HttpAgent

  /** @throws SmsError SMS_SETTING_INVALID */
  constructor(settings: SmsSettings) {
    this.#settings = settings
    this.#url = checkYuntongxunSettings(settings)
    this.#agent = new (this.#url.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true })
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult> {
    signal.throwIfAborted()
    checkMessage(message)
    const { accountSid, authToken, appId, templateId } = this.#settings.yuntongxun
    const timestamp = chinaTimestamp(Date.now())
    const url = new URL(this.#url)
    url.searchParams.set('sig', signature(accountSid, authToken, timestamp))
    const result = await post({
      url,
      headers: {
        accept: JSON_TYPE,
        'content-type': JSON_TYPE,
        authorization: authorization(accountSid, timestamp),
      },
      body: JSON.stringify({
        to: message.mobile,
        appId,
        templateId,
        datas: [message.code, String(message.validMinutes)],
        reqId: reqIdOf(message.requestId),
      }),
      agent: this.#agent,
      connectTimeoutMs: this.#settings.connectTimeoutMs,
      timeoutMs: this.#settings.timeoutMs,
      signal,
    })
    if (result.kind === 'failure') return { class: 'transient', providerCode: result.code, reason: result.reason }
    return judge(result, [authToken, message.code])
  }

  close(): void {
    this.#agent.destroy()
  }
}

/**
 * What an answer means. A 5xx is worth a retry whatever it says, for the reqId makes a retry harmless. Else the provider's
 * status code decides, and without one the HTTP status: 408 and 429 pass, another 4xx or a redirect stays as it is.
 */
function judge(answer: Answer, secrets: readonly string[]): SmsResult {
  const { status } = answer
  if (status >= 500) return httpFailure('transient', answer)
  const { code, text } = readBody(answer.body)
  if (code !== undefined) {
    const codeClass = classOfCode(code)
    if (codeClass === 'accepted') return { class: 'accepted', providerCode: code }
    const words = cleanProviderText(text, secrets)
    const reason = `the provider refused with ${code}${words === '' ? '' : `: ${words}`}`
    return { class: codeClass, providerCode: code, reason, ...waitOf(answer) }
  }
  if (status === 408 || status === 429) return httpFailure('transient', answer)
  if (status >= 300) return httpFailure('configuration', answer)
  return { class: 'transient', providerCode: 'BAD_ANSWER', reason: 'the answer is not JSON with a status code' }
}

function httpFailure(failureClass: SmsFailureClass, answer: Answer): SmsFailure {
  const reason = `the provider answered with HTTP status ${answer.status}`
  return { class: failureClass, providerCode: `HTTP_${answer.status}`, reason, ...waitOf(answer) }
}

function waitOf(answer: Answer): { retryAfterMs?: number } {
  if (answer.status < 500 && answer.status !== 429) return {}
  const wait = retryAfterMs(answer.headers, Date.now())
  return wait === undefined ? {} : { retryAfterMs: wait }
}

/** The status code, if the body is JSON and holds one of the right form, and the provider's words. */
function readBody(body: string): { code: string | undefined; text: string } {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { code: undefined, text: '' }
  }
  if (typeof value !== 'object' || value === null) return { code: undefined, text: '' }
  const { statusCode, statusMsg } = value as { statusCode?: unknown; statusMsg?: unknown }
  return {
    code: typeof statusCode === 'string' && /^\d{6}$/.test(statusCode) ? statusCode : undefined,
    text: typeof statusMsg === 'string' ? statusMsg : '',
  }
}
