/** No wait is taken for longer than this, in milliseconds: by then every code has expired. */
const LONGEST_MS = 3_600_000

/**
 * Reads a `Retry-After` header (RFC 9110): seconds, or a date.
 *
 * A date is compared with the answer's own `Date`, so that a wrong clock here does not matter; without one, with `now`.
 *
 * @returns milliseconds, at most one hour; undefined without a header or with one that can't be read
 */
export function retryAfterMs(
  headers: { readonly 'retry-after'?: string | undefined; readonly date?: string | undefined },
  now: number,
): number | undefined {
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return undefined
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_MS)
  const until = Date.parse(value)
  if (Number.isNaN(until)) return undefined
  const sent = Date.parse(headers.date ?? '')
  return Math.min(Math.max(until - (Number.isNaN(sent) ? now : sent), 0), LONGEST_MS)
}
