import { createHash } from 'node:crypto'

const CHINA_OFFSET_MS = 8 * 3_600_000

/** A moment (milliseconds since 1970) as the provider writes it: `yyyyMMddHHmmss` in China, whatever this machine's time zone. */
export function chinaTimestamp(ms: number): string {
  return new Date(ms + CHINA_OFFSET_MS).toISOString().slice(0, 19).replaceAll(/\D/g, '')
}

/** The `sig` of a request's address. MD5 is the provider's choice. */
export function signature(accountSid: string, authToken: string, timestamp: string): string {
  return createHash('md5').update(`${accountSid}${authToken}${timestamp}`).digest('hex').toUpperCase()
}

/** The `Authorization` header that goes with {@link signature}; both must hold the same timestamp. */
export function authorization(accountSid: string, timestamp: string): string {
  return Buffer.from(`${accountSid}:${timestamp}`).toString('base64')
}

/**
 * The provider's `reqId` for one of our ids: at most 32 letters and digits, always the same for the same id.
 * A UUID loses its dashes. Any other id (a client may choose its own) is hashed, so that two ids never share one.
 */
export function reqIdOf(requestId: string): string {
  const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i
  if (uuid.test(requestId)) return requestId.replaceAll('-', '')
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32)
}
