import { createHash, createHmac } from 'node:crypto'

/** Alibaba's name of the way in which requests are signed: V3 of its OpenAPI signature. */
export const ALGORITHM = 'ACS3-HMAC-SHA256'

/** A request as it is signed. */
export interface AliyunRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** All that are signed, with names in small letters: `host` and each `x-acs-...` that is sent. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The `Authorization` of a request.
 *
 * @see https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature (V3版本请求体&签名机制)
 */
export function aliyunAuthorization(request: AliyunRequest, keyId: string, keySecret: string): string {
  const { canonical, signed } = canonicalRequest(request)
  const signature = createHmac('sha256', keySecret)
    .update(`${ALGORITHM}\n${sha256(canonical)}`)
    .digest('hex')
  return `${ALGORITHM} Credential=${keyId},SignedHeaders=${signed},Signature=${signature}`
}

/** What the signature is made over, and the names of the headers in it. */
export function canonicalRequest({ method, path, query, headers, body }: AliyunRequest): {
  canonical: string
  signed: string
} {
  const names = Object.keys(headers).toSorted()
  const signed = names.join(';')
  const lines = names.map((name) => `${name}:${headers[name]?.trim() ?? ''}\n`).join('')
  return { canonical: [method, path, canonicalQuery(query), lines, signed, sha256(body)].join('\n'), signed }
}

/** A query in the one form that is signed: sorted by name, each name and value percent-encoded as RFC 3986 says. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  const names = Object.keys(query).toSorted()
  return names.map((name) => `${percentEncoded(name)}=${percentEncoded(query[name] ?? '')}`).join('&')
}

/** encodeURIComponent leaves a few characters that RFC 3986 reserves. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** In hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
