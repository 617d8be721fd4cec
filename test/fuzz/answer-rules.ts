import { ERRORS, isErrorName } from '../../src/app/errors.ts'
import type { FuzzAnswer } from './fuzz-client.ts'

/** Headers that answers of the service may have. One that is not here was brought in by somebody. */
const HEADERS = new Set(
  `accept-encoding access-control-allow-credentials access-control-allow-headers access-control-allow-methods
  access-control-allow-origin access-control-expose-headers access-control-max-age accept-ranges allow cache-control connection
  content-length content-range content-security-policy content-type cross-origin-opener-policy cross-origin-resource-policy date
  etag keep-alive last-modified origin-agent-cluster permissions-policy referrer-policy retry-after set-cookie vary
  x-content-type-options x-dns-prefetch-control x-download-options x-frame-options x-permitted-cross-domain-policies x-request-id
  x-xss-protection`.split(/\s+/),
)

/** What a fault of ours would show. */
const INSIDES =
  /node_modules|\bat [\w.<>]+ \(|\.[tj]s:\d+|SQLITE_|SequelizeDatabaseError|ReplyError|ECONNREFUSED|ENOENT|\$2[aby]\$\d\d\$/

/**
 * Checks one answer.
 *
 * @param secrets texts that no answer may have
 * @throws Error that says what is wrong with it
 */
export function checkAnswer(answer: FuzzAnswer, method: string, secrets: readonly string[]): void {
  const { status, headers } = answer
  for (const name of headers.keys()) if (!HEADERS.has(name)) throw new Error(`a header that is not ours: ${name}`)
  if (!/^[0-9a-f-]{36}$/.test(headers.get('x-request-id') ?? '')) throw new Error('no request id')
  if (headers.get('x-content-type-options') !== 'nosniff') throw new Error('nosniff is missing')
  for (const cookie of (headers.get('set-cookie') ?? '').split('\n')) {
    if (!/^(?:|(?:sessionid|sessionid\.sig|username|deviceid)=[\x21-\x7e]*; path=\/.*)$/i.test(cookie))
      throw new Error(`a cookie that is not ours: ${cookie}`)
  }
  const text = `${[...headers].join('\n')}\n${answer.body.toString()}`
  if (INSIDES.test(text)) throw new Error('it shows the insides')
  if (secrets.some((secret) => text.includes(secret))) throw new Error('it shows what is secret')
  if (status >= 500 && status !== 503) throw new Error('a fault of ours')
  if (method === 'HEAD' || status === 204 || status === 304) return
  const type = headers.get('content-type') ?? ''
  if (status === 200 && /^(?:image\/png|text\/html; charset=utf-8)$/.test(type)) return
  if (type !== 'application/json; charset=utf-8') throw new Error(`of the type ${type}`)
  checkForm(status, JSON.parse(answer.body.toString()))
}

/** The one form. */
function checkForm(status: number, body: Record<string, unknown>): void {
  const { code, errmsg, error } = body
  if (status === 200) {
    if (code !== 0 || errmsg !== 'ok') throw new Error('a success that is not in the one form')
    return
  }
  if (typeof error !== 'string' || !isErrorName(error)) throw new Error(`an unknown error, ${String(error)}`)
  if (ERRORS[error].status !== status || ERRORS[error].code !== code)
    throw new Error(`${error} with a wrong status or number`)
  if (typeof errmsg !== 'string' || errmsg === '') throw new Error('an error without its text')
}
