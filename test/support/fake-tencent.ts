import { createHash, createHmac } from 'node:crypto'
import type { SmsSettings } from '../../src/sms/gateway.ts'
import { FakeProvider, type FakeAnswer, type FakeRequest, type Verdict } from './fake-provider.ts'

/** The account that the fake knows. */
export const tencentAccount = {
  secretId: 'AKIDfakefakefakefakefakefakefakefake',
  secretKey: 'fakeTencentKey0123456789abcdefgh',
  region: 'ap-guangzhou',
  sdkAppId: '1400006666',
  signName: '腾讯云',
  templateId: '1110',
  templateParams: ['code', 'minutes'],
} as const

/** A request that Tencent refuses. */
export function tencentError(Code: string, Message = '测试'): FakeAnswer {
  return { status: 200, body: { Response: { Error: { Code, Message }, RequestId: 'ed93f3cb-f35e-473f-b9f3' } } }
}

/** What Tencent says of a message. */
export function tencentStatus(Code: string, Message = '测试'): FakeAnswer {
  const status = { SerialNo: '5000:1045710669157053657849499619', PhoneNumber: '+8613800000000', Fee: 1, Code, Message }
  return { status: 200, body: { Response: { SendStatusSet: [status], RequestId: 'a0aabda6-cf91-4f3e-a81f' } } }
}

/** SendSms 2021-01-11, as strict as the provider. */
export function startFakeTencent(): Promise<FakeProvider> {
  return FakeProvider.start(judge)
}

export function tencentSettings({ baseUrl }: FakeProvider): SmsSettings['tencent'] {
  return { baseUrl, ...tencentAccount }
}

function judge(request: FakeRequest): Verdict {
  const { headers, body, method } = request
  const fault = (why: string, code: string): Verdict => ({ fault: why, answer: tencentError(code) })
  const [, id, scope = '', signed = '', signature] =
    /^TC3-HMAC-SHA256 Credential=(\w+)\/([^,]+), SignedHeaders=([^,]+), Signature=([\da-f]{64})$/.exec(
      headers['authorization'] ?? '',
    ) ?? []
  if (id === undefined || method !== 'POST') return fault('Authorization', 'AuthFailure.InvalidAuthorization')
  if (id !== tencentAccount.secretId) return fault('SecretId', 'AuthFailure.SecretIdNotFound')
  const timestamp = headers['x-tc-timestamp'] ?? ''
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < 300)) return fault('time', 'AuthFailure.SignatureExpire')
  const date = new Date(Number(timestamp) * 1000).toISOString().slice(0, 10)
  if (scope !== `${date}/sms/tc3_request`) return fault('scope', 'AuthFailure.SignatureFailure')
  if (!['content-type', 'host'].every((name) => signed.split(';').includes(name))) {
    return fault('unsigned header', 'AuthFailure.InvalidAuthorization')
  }
  const lines = signed.split(';').map((name) => `${name}:${headers[name]?.toLowerCase() ?? ''}\n`)
  const canonical = `POST\n/\n\n${lines.join('')}\n${signed}\n${sha256(body)}`
  const key = ['sms', 'tc3_request'].reduce<Buffer>(hmac, hmac(`TC3${tencentAccount.secretKey}`, date))
  const expected = hmac(key, `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`).toString('hex')
  if (signature !== expected) return fault('signature', 'AuthFailure.SignatureFailure')
  if (headers['x-tc-version'] !== '2021-01-11') return fault('version', 'NoSuchVersion')
  if (headers['x-tc-region'] === undefined) return fault('region', 'MissingParameter')
  const fields = JSON.parse(body) as Record<string, unknown>
  if (headers['x-tc-action'] === 'DescribeSmsTemplateList') {
    const template = { TemplateId: Number(tencentAccount.templateId), StatusCode: 0 }
    return { told: { status: 200, body: { Response: { DescribeTemplateStatusSet: [template], RequestId: 'a' } } } }
  }
  if (headers['x-tc-action'] !== 'SendSms') return fault('action', 'InvalidAction')
  if (fields['SmsSdkAppId'] !== tencentAccount.sdkAppId) return fault('app', 'InvalidParameterValue.SdkAppIdNotExist')
  const { PhoneNumberSet: numbers, TemplateParamSet: params } = fields
  const [to] = Array.isArray(numbers) ? (numbers as string[]) : []
  const [code, minutes, ...more] = Array.isArray(params) ? (params as string[]) : []
  if (to === undefined || !/^\+\d{7,15}$/.test(to)) return fault('number', 'InvalidParameterValue.IncorrectPhoneNumber')
  if (code === undefined || minutes === undefined || more.length > 0) {
    return fault('params', 'FailedOperation.TemplateParamSetNotMatchApprovedTemplate')
  }
  return { sms: { to, code }, accepted: tencentStatus('Ok', 'send success') }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
