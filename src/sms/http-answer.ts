import type { SmsFailure, SmsFailureClass } from './gateway.ts'
import type { PostAnswer, PostFailure } from './http-post.ts'
import { retryAfterMs } from './retry-after.ts'

/** No answer: the network failed, or the clock ran out. Once there was a connection the message may be on its way. */
export function networkFailure({ code, reason, connected }: PostFailure): SmsFailure {
  return { class: 'transient', providerCode: code, reason, ...(connected && { maybeSent: true }) }
}

/**
 * What an HTTP status alone means, where the provider said nothing that is understood. 429 passes, and says that nothing was done.
 * 408 and 5xx pass, too, but may come from a proxy that had passed the message on. Another 4xx or a redirect stays as it is. An answer
 * that says it went well without a word about the message leaves it open.
 */
export function httpFailure(answer: PostAnswer): SmsFailure {
  const { status } = answer
  if (status < 300) {
    const reason = 'the answer is not what the provider documents'
    return { class: 'transient', providerCode: 'BAD_ANSWER', reason, maybeSent: true }
  }
  const open = status >= 500 || status === 408
  const failureClass = open || status === 429 ? 'transient' : 'configuration'
  const reason = `the provider answered with HTTP status ${status}`
  return {
    class: failureClass,
    providerCode: `HTTP_${status}`,
    reason,
    ...waitOf(answer),
    ...(open && { maybeSent: true }),
  }
}

/** A refusal in the provider's own words, which are clean already. */
export function refusal(failureClass: SmsFailureClass, code: string, words: string, answer: PostAnswer): SmsFailure {
  const reason = `the provider refused with ${code}${words === '' ? '' : `: ${words}`}`
  return { class: failureClass, providerCode: code, reason, ...waitOf(answer) }
}

function waitOf(answer: PostAnswer): { retryAfterMs?: number } {
  if (answer.status < 500 && answer.status !== 429) return {}
  const wait = retryAfterMs(answer.headers, Date.now())
  return wait === undefined ? {} : { retryAfterMs: wait }
}

/** The fields of a body that is a JSON object; of any other body none. */
export function jsonFields(body: string): Partial<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(body))
  } catch {
    return {}
  }
}

/** The fields of an object; of anything else none. */
export function fieldsOf(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** A field's text; '' where it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A field's number, for a sentence. */
export function numberOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : 'none that is known'
}

/** When the provider's clock says it answered, in milliseconds since 1970; null where it does not say. */
export function serverTimeOf({ headers }: PostAnswer): number | null {
  const time = Date.parse(headers.date ?? '')
  return Number.isNaN(time) ? null : time
}
