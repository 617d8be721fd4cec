import { createHash, createHmac } from 'node:crypto'
import type { SmsSettings } from '../../src/sms/gateway.ts'
import { FakeProvider, type FakeAnswer, type FakeRequest, type Verdict } from './fake-provider.ts'

/** The account that the fake knows. */
export const aliyunAccount = {
  accessKeyId: 'LTAI5tFakeKeyId000000000',
  accessKeySecret: 'fakeAliyunSecret0123456789ab',
  signName: '我的商店',
  templateCode: 'SMS_123456789',
  codeParam: 'code',
  minutesParam: null,
} as const

/** An answer as Alibaba gives it. */
export function aliyunAnswer(Code: string, status = 200, Message = '测试'): FakeAnswer {
  return { status, body: { Code, Message, RequestId: 'F655A8D5-B967-440B-8683-DAD6FF8DE990' } }
}

/** Dysmsapi 2017-05-25, as strict as the provider. */
export function startFakeAliyun(): Promise<FakeProvider> {
  const nonces = new Set<string>()
  return FakeProvider.start((request) => judge(request, nonces))
}

export function aliyunSettings({ baseUrl }: FakeProvider): SmsSettings['aliyun'] {
  return { baseUrl, ...aliyunAccount }
}

function judge(request: FakeRequest, nonces: Set<string>): Verdict {
  const { headers, url } = request
  const fault = (why: string, code: string, status = 400): Verdict => ({
    fault: why,
    answer: aliyunAnswer(code, status),
  })
  const [, keyId, signed = '', signature] =
    /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([\da-f]{64})$/.exec(
      headers['authorization'] ?? '',
    ) ?? []
  if (keyId === undefined) return fault('Authorization', 'MissingParameter')
  if (keyId !== aliyunAccount.accessKeyId) return fault('AccessKeyId', 'InvalidAccessKeyId.NotFound', 404)
  const must = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-acs-'))]
  if (!must.every((name) => signed.split(';').includes(name))) return fault('unsigned header', 'IncompleteSignature')
  const time = Date.parse(headers['x-acs-date'] ?? '')
  if (!/^[\d-]+T[\d:]+Z$/.test(headers['x-acs-date'] ?? '') || !(Math.abs(Date.now() - time) < 900_000)) {
    return fault('x-acs-date', 'InvalidTimeStamp.Expired')
  }
  if (headers['x-acs-content-sha256'] !== sha256(request.body)) return fault('content hash', 'SignatureDoesNotMatch')
  if (signature !== signatureOf(request, signed)) return fault('signature', 'SignatureDoesNotMatch')
  const nonce = headers['x-acs-signature-nonce'] ?? ''
  if (nonce === '' || nonces.has(nonce)) return fault('nonce', 'SignatureNonceUsed')
  nonces.add(nonce)
  if (headers['x-acs-version'] !== '2017-05-25') return fault('version', 'InvalidVersion')
  const query = Object.fromEntries(url.searchParams)
  if (query['TemplateCode'] !== aliyunAccount.templateCode) return fault('template', 'isv.SMS_TEMPLATE_ILLEGAL', 200)
  if (headers['x-acs-action'] === 'QuerySmsTemplate') {
    return { told: { status: 200, body: { Code: 'OK', Message: 'OK', TemplateStatus: 1 } } }
  }
  if (headers['x-acs-action'] !== 'SendSms') return fault('action', 'InvalidAction.NotFound', 404)
  if (query['SignName'] !== aliyunAccount.signName) return fault('sign name', 'isv.SMS_SIGNATURE_ILLEGAL', 200)
  const to = query['PhoneNumbers'] ?? ''
  if (!/^1[3-9]\d{9}$|^[2-9]\d{6,14}$/.test(to)) return fault('number', 'isv.MOBILE_NUMBER_ILLEGAL', 200)
  const { code, ...rest } = JSON.parse(query['TemplateParam'] ?? '{}') as Record<string, string>
  if (code === undefined || Object.keys(rest).length > 0) return fault('params', 'isv.TEMPLATE_MISSING_PARAMETERS', 200)
  const body = { Code: 'OK', Message: 'OK', BizId: '9006197469364984^0', RequestId: 'F655A8D5' }
  return { sms: { to, code }, accepted: { status: 200, body } }
}

/** Made from the request as it came, by the steps of the provider's documentation. */
function signatureOf({ method, url, headers, body }: FakeRequest, signed: string): string {
  const query = url.search.slice(1).split('&').filter(Boolean).toSorted().join('&')
  const lines = signed.split(';').map((name) => `${name}:${headers[name] ?? ''}\n`)
  const canonical = `${method}\n${url.pathname}\n${query}\n${lines.join('')}\n${signed}\n${sha256(body)}`
  return createHmac('sha256', aliyunAccount.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
