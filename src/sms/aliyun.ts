import { randomUUID } from 'node:crypto'
import { aliyunAuthorization, canonicalQuery, sha256 } from './aliyun-signature.ts'
import { aliyunCodes, aliyunOpenCodes } from './aliyun-codes.ts'
import { checkMessage } from './check-message.ts'
import { below, checkAddress, checkText, checkTimes } from './check-settings.ts'
import { classIn } from './code-table.ts'
import type { AccountCheck, SmsGateway, SmsMessage, SmsResult, SmsSettings } from './gateway.ts'
import { httpFailure, jsonFields, networkFailure, numberOf, refusal, textOf } from './http-answer.ts'
import type { PostAnswer } from './http-post.ts'
import { HttpProvider } from './http-provider.ts'
import { chineseForm } from './mobile-form.ts'
import { cleanProviderText } from './provider-text.ts'

const VERSION = '2017-05-25'

/**
 * Sends messages through Alibaba Cloud's SMS service (Dysmsapi 2017-05-25, SendSms).
 *
 * In order: sign the request for this second under a nonce of its own, send it over a new connection, read the answer's `Code`, look
 * up its class. Nothing in a request lets the provider tell a second try: `OutId` only comes back in its receipts.
 */
export class AliyunGateway implements SmsGateway {
  readonly name = 'aliyun'
  readonly idempotent = false
  readonly clockToleranceMs = 900_000
  readonly url: URL
  readonly #settings: SmsSettings['aliyun']
  readonly #provider: HttpProvider

  /** @throws SmsError SMS_SETTING_INVALID */
  constructor(settings: SmsSettings) {
    const { accessKeyId, accessKeySecret, signName, templateCode, codeParam, minutesParam, baseUrl } = settings.aliyun
    checkText('aliyun.accessKeyId', accessKeyId, /^[\w.-]{1,128}$/, '1 to 128 letters, digits, ., _ or -')
    checkText('aliyun.accessKeySecret', accessKeySecret, /^[!-~]{1,128}$/, '1 to 128 printable characters')
    checkText('aliyun.signName', signName, /^[^\p{C}]{1,64}$/u, '1 to 64 characters')
    checkText('aliyun.templateCode', templateCode, /^\w{1,64}$/, '1 to 64 letters, digits or _')
    for (const [name, value] of Object.entries({ codeParam, minutesParam })) {
      if (value !== null) checkText(`aliyun.${name}`, value, /^\w{1,64}$/, '1 to 64 letters, digits or _')
    }
    checkTimes(settings)
    this.#settings = settings.aliyun
    this.url = below(checkAddress('aliyun.baseUrl', baseUrl), '/')
    this.#provider = new HttpProvider(this.url, settings, false)
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult> {
    signal.throwIfAborted()
    checkMessage(message)
    const { accessKeySecret, signName, templateCode, codeParam, minutesParam } = this.#settings
    const params = {
      [codeParam]: message.code,
      ...(minutesParam !== null && { [minutesParam]: String(message.validMinutes) }),
    }
    const request = this.#signed('SendSms', {
      PhoneNumbers: chineseForm(message.mobile),
      SignName: signName,
      TemplateCode: templateCode,
      TemplateParam: JSON.stringify(params),
      OutId: message.requestId,
    })
    const result = await this.#provider.ask(request, signal)
    return result.kind === 'failure' ? networkFailure(result) : judge(result, [accessKeySecret, message.code])
  }

  /** QuerySmsTemplate tells what has become of the template's approval. */
  checkAccount(signal: AbortSignal): Promise<AccountCheck> {
    const call = 'QuerySmsTemplate'
    const { accessKeySecret, templateCode } = this.#settings
    const read = (answer: PostAnswer): Pick<AccountCheck, 'outcome' | 'reason'> => {
      const result = judge(answer, [accessKeySecret])
      const { TemplateStatus: status } = jsonFields(answer.body)
      if (result.class !== 'accepted') {
        return { outcome: result.class === 'transient' ? 'unknown' : 'refused', reason: result.reason }
      }
      // 0: being looked at; 1: approved; 2: refused; 10: withdrawn.
      if (status === 1 || status === undefined) return { outcome: 'accepted', reason: 'the template is approved' }
      return { outcome: 'refused', reason: `the template is not approved: its status is ${numberOf(status)}` }
    }
    return this.#provider.askAccount(
      { call, request: this.#signed(call, { TemplateCode: templateCode }), read },
      signal,
    )
  }

  close(): void {
    this.#provider.close()
  }

  /** The service takes all of a call's parameters in the query. */
  #signed(
    action: string,
    query: Readonly<Record<string, string>>,
  ): { url: URL; headers: Record<string, string>; body: string } {
    const { accessKeyId, accessKeySecret } = this.#settings
    const body = ''
    const url = new URL(this.url)
    const headers = {
      host: url.host,
      'x-acs-action': action,
      'x-acs-content-sha256': sha256(body),
      'x-acs-date': `${new Date().toISOString().slice(0, 19)}Z`,
      'x-acs-signature-nonce': randomUUID(),
      'x-acs-version': VERSION,
    }
    const authorization = aliyunAuthorization(
      { method: 'POST', path: '/', query, headers, body },
      accessKeyId,
      accessKeySecret,
    )
    url.search = canonicalQuery(query)
    return { url, headers: { ...headers, accept: 'application/json', authorization }, body }
  }
}

function judge(answer: PostAnswer, secrets: readonly string[]): SmsResult {
  const { Code, Message } = jsonFields(answer.body)
  if (typeof Code !== 'string' || !/^[\w.-]{1,100}$/.test(Code)) return httpFailure(answer)
  if (Code === 'OK') return { class: 'accepted', providerCode: Code }
  const failure = refusal(classIn(aliyunCodes, Code), Code, cleanProviderText(textOf(Message), secrets), answer)
  return aliyunOpenCodes.has(Code) ? { ...failure, maybeSent: true } : failure
}
