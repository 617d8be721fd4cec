import { checkMessage } from './check-message.ts'
import { below, checkAddress, checkText, checkTimes } from './check-settings.ts'
import { classIn } from './code-table.ts'
import type { AccountCheck, SmsGateway, SmsMessage, SmsResult, SmsSettings } from './gateway.ts'
import { fieldsOf, httpFailure, jsonFields, networkFailure, numberOf, refusal, textOf } from './http-answer.ts'
import type { PostAnswer } from './http-post.ts'
import { HttpProvider } from './http-provider.ts'
import { e164 } from './mobile-form.ts'
import { cleanProviderText } from './provider-text.ts'
import { tencentCodes, tencentOpenCodes } from './tencent-codes.ts'
import { tencentAuthorization } from './tencent-signature.ts'
import { unknownCountry } from './unknown-country.ts'

const VERSION = '2021-01-11'

/**
 * Sends messages through Tencent Cloud's SMS (API 3.0, SendSms 2021-01-11).
 *
 * In order: sign the request for this second, send it over a new connection, read what the answer says of the request, else of its one
 * message, look up its class. Nothing in a request lets the provider tell a second try: `SessionContext` only comes back.
 */
export class TencentGateway implements SmsGateway {
  readonly name = 'tencent'
  readonly idempotent = false
  readonly clockToleranceMs = 300_000
  readonly url: URL
  readonly #settings: SmsSettings['tencent']
  readonly #provider: HttpProvider

  /** @throws SmsError SMS_SETTING_INVALID */
  constructor(settings: SmsSettings) {
    const { secretId, secretKey, region, sdkAppId, signName, templateId, baseUrl } = settings.tencent
    checkText('tencent.secretId', secretId, /^\w{1,128}$/, '1 to 128 letters, digits or _')
    checkText('tencent.secretKey', secretKey, /^[!-~]{1,128}$/, '1 to 128 printable characters')
    checkText('tencent.region', region, /^[a-z\d-]{1,40}$/, 'a region such as ap-guangzhou')
    checkText('tencent.sdkAppId', sdkAppId, /^\d{1,20}$/, '1 to 20 digits')
    checkText('tencent.signName', signName, /^[^\p{C}]{1,64}$/u, '1 to 64 characters')
    checkText('tencent.templateId', templateId, /^\d{1,20}$/, '1 to 20 digits')
    checkTimes(settings)
    this.#settings = settings.tencent
    this.url = below(checkAddress('tencent.baseUrl', baseUrl), '/')
    this.#provider = new HttpProvider(this.url, settings, false)
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult> {
    signal.throwIfAborted()
    checkMessage(message)
    const mobile = e164(message.mobile)
    if (mobile === null) return unknownCountry
    const { secretKey, sdkAppId, signName, templateId, templateParams } = this.#settings
    const values = { code: message.code, minutes: String(message.validMinutes) }
    const request = this.#signed('SendSms', {
      PhoneNumberSet: [mobile],
      SmsSdkAppId: sdkAppId,
      SignName: signName,
      TemplateId: templateId,
      TemplateParamSet: templateParams.map((part) => values[part]),
      SessionContext: message.requestId,
    })
    const result = await this.#provider.ask(request, signal)
    return result.kind === 'failure' ? networkFailure(result) : judge(result, [secretKey, message.code])
  }

  /** DescribeSmsTemplateList tells what has become of the template's approval. */
  checkAccount(signal: AbortSignal): Promise<AccountCheck> {
    const call = 'DescribeSmsTemplateList'
    const { secretKey, templateId } = this.#settings
    const request = this.#signed(call, { International: 0, TemplateIdSet: [Number(templateId)] })
    const read = (answer: PostAnswer): Pick<AccountCheck, 'outcome' | 'reason'> => {
      const response = fieldsOf(jsonFields(answer.body)['Response'])
      const { Code, Message } = fieldsOf(response['Error'])
      if (Code === 'FailedOperation.ProhibitSubAccountUse') {
        return {
          outcome: 'accepted',
          reason: 'the credentials are known; those of a sub-account may not look at templates',
        }
      }
      if (typeof Code === 'string') {
        const failure = refusal(
          classIn(tencentCodes, Code),
          Code,
          cleanProviderText(textOf(Message), [secretKey]),
          answer,
        )
        return { outcome: failure.class === 'transient' ? 'unknown' : 'refused', reason: failure.reason }
      }
      const list: unknown = response['DescribeTemplateStatusSet']
      if (!Array.isArray(list)) return { outcome: 'unknown', reason: httpFailure(answer).reason }
      // 0: approved; 1: being looked at; -1: refused.
      const { StatusCode: status } = fieldsOf(list[0])
      if (status === 0) return { outcome: 'accepted', reason: 'the template is approved' }
      const came = status === undefined ? 'it is unknown' : `its status is ${numberOf(status)}`
      return { outcome: 'refused', reason: `the template is not approved: ${came}` }
    }
    return this.#provider.askAccount({ call, request, read }, signal)
  }

  close(): void {
    this.#provider.close()
  }

  #signed(action: string, parameters: object): { url: URL; headers: Record<string, string>; body: string } {
    const { secretId, secretKey, region } = this.#settings
    const body = JSON.stringify(parameters)
    const timestamp = Math.floor(Date.now() / 1000)
    const signed = {
      'content-type': 'application/json; charset=utf-8',
      host: this.url.host,
      'x-tc-action': action,
    }
    const authorization = tencentAuthorization(
      { service: 'sms', timestamp, headers: signed, body },
      secretId,
      secretKey,
    )
    const headers = {
      ...signed,
      'x-tc-version': VERSION,
      'x-tc-region': region,
      'x-tc-timestamp': String(timestamp),
      authorization,
    }
    return { url: this.url, headers, body }
  }
}

/** A request that was refused has an `Error`; one that was not has a status for each message. */
function judge(answer: PostAnswer, secrets: readonly string[]): SmsResult {
  const { Error: refused, SendStatusSet: statuses } = fieldsOf(jsonFields(answer.body)['Response'])
  const { Code, Message } = fieldsOf(refused ?? (Array.isArray(statuses) ? statuses[0] : undefined))
  if (typeof Code !== 'string' || !/^[\w.]{1,100}$/.test(Code)) return httpFailure(answer)
  if (Code === 'Ok' && refused === undefined) return { class: 'accepted', providerCode: Code }
  const failure = refusal(classIn(tencentCodes, Code), Code, cleanProviderText(textOf(Message), secrets), answer)
  return tencentOpenCodes.has(Code) ? { ...failure, maybeSent: true } : failure
}
