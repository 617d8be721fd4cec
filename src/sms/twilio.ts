import { checkMessage } from './check-message.ts'
import { below, checkAddress, checkText, checkTimes, fail } from './check-settings.ts'
import { classIn } from './code-table.ts'
import type { AccountCheck, SmsGateway, SmsMessage, SmsResult, SmsSettings } from './gateway.ts'
import { httpFailure, jsonFields, networkFailure, refusal, textOf } from './http-answer.ts'
import type { PostAnswer } from './http-post.ts'
import { HttpProvider } from './http-provider.ts'
import { messageText } from './message-text.ts'
import { e164 } from './mobile-form.ts'
import { cleanProviderText } from './provider-text.ts'
import { twilioCodes } from './twilio-codes.ts'
import { unknownCountry } from './unknown-country.ts'

/**
 * Sends messages through Twilio's Messages API (2010-04-01).
 *
 * In order: send the text over a new connection, read the message's SID or the error's code, look up its class. The provider drops a
 * message that it could not hand on before the code in it has expired (`ValidityPeriod`). It documents nothing by which it would tell
 * a second try.
 */
export class TwilioGateway implements SmsGateway {
  readonly name = 'twilio'
  readonly idempotent = false
  readonly url: URL
  readonly #settings: SmsSettings['twilio']
  readonly #provider: HttpProvider

  /** @throws SmsError SMS_SETTING_INVALID */
  constructor(settings: SmsSettings) {
    const { accountSid, authToken, from, messagingServiceSid, text, baseUrl } = settings.twilio
    checkText('twilio.accountSid', accountSid, /^AC[\da-f]{32}$/i, 'AC and 32 hexadecimal digits')
    checkText('twilio.authToken', authToken, /^[!-~]{1,128}$/, '1 to 128 printable characters')
    if (from === '' && messagingServiceSid === '') fail('twilio.from', 'a sender, or a messaging service', 'neither')
    if (from !== '')
      checkText('twilio.from', from, /^(?:\+\d{5,15}|(?=.*[a-z])[\w +&-]{1,11})$/i, 'a number with +, or a name')
    if (messagingServiceSid !== '') {
      checkText('twilio.messagingServiceSid', messagingServiceSid, /^MG[\da-f]{32}$/i, 'MG and 32 hexadecimal digits')
    }
    checkText('twilio.text', text, /\{code\}/, 'a text with {code}')
    checkTimes(settings)
    this.#settings = settings.twilio
    this.url = below(checkAddress('twilio.baseUrl', baseUrl), `/2010-04-01/Accounts/${accountSid}`)
    this.#provider = new HttpProvider(this.url, settings, false)
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult> {
    signal.throwIfAborted()
    checkMessage(message)
    const mobile = e164(message.mobile)
    if (mobile === null) return unknownCountry
    const { authToken, from, messagingServiceSid, text } = this.#settings
    const body = new URLSearchParams({
      To: mobile,
      Body: messageText(text, message),
      ValidityPeriod: String(message.validMinutes * 60),
      ...(messagingServiceSid === '' ? { From: from } : { MessagingServiceSid: messagingServiceSid }),
    })
    const headers = { ...this.#headers(), 'content-type': 'application/x-www-form-urlencoded' }
    const request = { url: below(this.url, '/Messages.json'), headers, body: body.toString() }
    const result = await this.#provider.ask(request, signal)
    return result.kind === 'failure' ? networkFailure(result) : judge(result, [authToken, message.code])
  }

  /** Fetches the account. */
  checkAccount(signal: AbortSignal): Promise<AccountCheck> {
    const request = { method: 'GET', url: below(this.url, '.json'), headers: this.#headers(), body: '' } as const
    const read = (answer: PostAnswer): Pick<AccountCheck, 'outcome' | 'reason'> => {
      const { sid, status, code } = jsonFields(answer.body)
      if (answer.status === 200 && sid === this.#settings.accountSid) {
        if (status === 'active') return { outcome: 'accepted', reason: 'the account is active' }
        return { outcome: 'refused', reason: `the account is ${cleanProviderText(textOf(status), [])}` }
      }
      const result = judge(answer, [this.#settings.authToken])
      if (result.class === 'accepted') return { outcome: 'unknown', reason: 'the answer is about another account' }
      const refused = typeof code === 'number' && result.class !== 'transient'
      return { outcome: refused ? 'refused' : 'unknown', reason: result.reason }
    }
    return this.#provider.askAccount({ call: 'the account', request, read }, signal)
  }

  close(): void {
    this.#provider.close()
  }

  #headers(): Record<string, string> {
    const { accountSid, authToken } = this.#settings
    const credentials = Buffer.from(`${accountSid}:${authToken}`).toString('base64')
    return { accept: 'application/json', authorization: `Basic ${credentials}` }
  }
}

/** An accepted message has a SID. One that has failed at once, too, with its code. A 5xx leaves it open, whatever its code. */
function judge(answer: PostAnswer, secrets: readonly string[]): SmsResult {
  const { sid, status, error_code: failed, error_message: failedText, code, message } = jsonFields(answer.body)
  if (answer.status >= 500) return httpFailure(answer)
  if (answer.status < 300) {
    if (typeof sid !== 'string') return httpFailure(answer)
    if (typeof failed !== 'number') return { class: 'accepted', providerCode: textOf(status) }
    return refused(failed, textOf(failedText))
  }
  return typeof code === 'number' ? refused(code, textOf(message)) : httpFailure(answer)

  function refused(number: number, words: string): SmsResult {
    const name = String(number)
    return refusal(classIn(twilioCodes, name), name, cleanProviderText(words, secrets), answer)
  }
}
