import { createHash, createHmac } from 'node:crypto'

/** What a secret looks like: `whsec_`, then 24 to 64 bytes in base64. */
export const SECRET_FORM = /^whsec_[A-Za-z\d+/]{32,86}={0,2}$/

/**
 * The `webhook-signature` of a request: one for each secret, with blanks between, so that a receiver that knows one of them takes it.
 *
 * @param timestamp seconds since 1970, as in `webhook-timestamp`
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function webhookSignature(secrets: readonly string[], id: string, timestamp: number, body: string): string {
  return secrets.map((secret) => `v1,${signed(secret, `${id}.${timestamp}.${body}`)}`).join(' ')
}

function signed(secret: string, text: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(text).digest('base64')
}

/** A request's `webhook-id` for one of our ids: always the same for the same id, and without the dot that separates what is signed. */
export function webhookId(requestId: string): string {
  if (/^[\w-]{1,64}$/.test(requestId)) return requestId
  return createHash('sha256').update(requestId).digest('hex')
}
