import { checkMessage } from './check-message.ts'
import { checkAddress, checkText, checkTimes, fail } from './check-settings.ts'
import type { SmsFailureClass, SmsGateway, SmsMessage, SmsResult, SmsSettings } from './gateway.ts'
import { httpFailure, jsonFields, networkFailure, refusal, textOf } from './http-answer.ts'
import type { PostAnswer } from './http-post.ts'
import { HttpProvider } from './http-provider.ts'
import { messageText } from './message-text.ts'
import { e164 } from './mobile-form.ts'
import { cleanProviderText } from './provider-text.ts'
import { SECRET_FORM, webhookId, webhookSignature } from './webhook-signature.ts'

const classes: ReadonlySet<string> = new Set<SmsFailureClass>(['transient', 'throttled', 'recipient', 'configuration'])

/**
 * Hands messages to an endpoint of the user's own, as JSON, signed as Standard Webhooks are.
 *
 * In order: sign the body for this second under the message's id, send it over a kept connection, read the answer. The id is an
 * idempotency key: the endpoint must send nothing for one that it has taken already, and answer as it did then.
 */
export class WebhookGateway implements SmsGateway {
  readonly name = 'webhook'
  readonly idempotent = true
  readonly clockToleranceMs = 300_000
  readonly url: URL
  readonly #settings: SmsSettings['webhook']
  readonly #provider: HttpProvider

  /** @throws SmsError SMS_SETTING_INVALID */
  constructor(settings: SmsSettings) {
    const { url, secrets, text } = settings.webhook
    if (secrets.length === 0) fail('webhook.secrets', 'at least one secret', 'none')
    for (const secret of secrets)
      checkText('webhook.secrets', secret, SECRET_FORM, 'whsec_ and 24 to 64 bytes in base64')
    checkText('webhook.text', text, /\{code\}/, 'a text with {code}')
    checkTimes(settings)
    this.#settings = settings.webhook
    this.url = checkAddress('webhook.url', url)
    this.#provider = new HttpProvider(this.url, settings, true)
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult> {
    signal.throwIfAborted()
    checkMessage(message)
    const { secrets, text } = this.#settings
    const now = Date.now()
    const timestamp = Math.floor(now / 1000)
    const id = webhookId(message.requestId)
    const body = JSON.stringify({
      type: 'sms.code',
      timestamp: new Date(now).toISOString(),
      data: {
        mobile: e164(message.mobile) ?? message.mobile,
        code: message.code,
        valid_minutes: message.validMinutes,
        text: messageText(text, message),
      },
    })
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': webhookSignature(secrets, id, timestamp, body),
      'idempotency-key': id,
    }
    const result = await this.#provider.ask({ url: this.url, headers, body }, signal)
    return result.kind === 'failure' ? networkFailure(result) : judge(result, [...secrets, message.code])
  }

  close(): void {
    this.#provider.close()
  }
}

/** Any 2xx takes the message. Of another answer the body's `class` says what it means, else its status does. */
function judge(answer: PostAnswer, secrets: readonly string[]): SmsResult {
  const { status } = answer
  if (status >= 200 && status < 300) return { class: 'accepted', providerCode: `HTTP_${status}` }
  const { class: said, code, reason } = jsonFields(answer.body)
  if (typeof said !== 'string' || !classes.has(said)) return httpFailure(answer)
  const name = cleanProviderText(textOf(code), secrets) || `HTTP_${status}`
  return refusal(said as SmsFailureClass, name, cleanProviderText(textOf(reason), secrets), answer)
}
