import { createHash, createHmac, type BinaryLike } from 'node:crypto'

const ALGORITHM = 'TC3-HMAC-SHA256'

/** A POST as it is signed. */
export interface TencentRequest {
  /** The first part of the host: `sms`. */
  readonly service: string
  /** Seconds since 1970, as in `X-TC-Timestamp`. */
  readonly timestamp: number
  /** All that are signed, with names in small letters: at least `content-type` and `host`. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The `Authorization` of a request.
 *
 * @see https://cloud.tencent.com/document/api/382/52072 (签名方法 v3)
 */
export function tencentAuthorization(request: TencentRequest, secretId: string, secretKey: string): string {
  const { service, timestamp } = request
  const date = dateOf(timestamp)
  const scope = `${date}/${service}/tc3_request`
  const { canonical, signed } = canonicalRequest(request)
  const text = `${ALGORITHM}\n${timestamp}\n${scope}\n${sha256(canonical)}`
  const key = hmac(hmac(hmac(`TC3${secretKey}`, date), service), 'tc3_request')
  const signature = hmac(key, text).toString('hex')
  return `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
}

/** What the signature is made over, and the names of the headers in it. */
export function canonicalRequest({ headers, body }: Pick<TencentRequest, 'headers' | 'body'>): {
  canonical: string
  signed: string
} {
  const names = Object.keys(headers).toSorted()
  const signed = names.join(';')
  const lines = names.map((name) => `${name}:${headers[name]?.trim().toLowerCase() ?? ''}\n`).join('')
  return { canonical: ['POST', '/', '', lines, signed, sha256(body)].join('\n'), signed }
}

/** The day in UTC, whatever this machine's time zone. */
function dateOf(timestamp: number): string {
  return new Date(timestamp * 1000).toISOString().slice(0, 10)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: BinaryLike, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
