import { jsonText } from './json-text.ts'

/**
 * The headers in which a message carries the trace that it is part of: W3C's Trace Context and Baggage, at the top level of a message's
 * headers. OpenTelemetry's instrumentation of Celery for Python writes and looks for them there.
 */
export interface TraceHeaders {
  readonly traceparent: string
  readonly tracestate?: string
  readonly baggage?: string
}

/** A parent has 55 characters so far, and later versions may add to that. */
const longestParent = 256

/** What W3C asks everybody to pass on of a state is 512 characters, of baggage 8,192 bytes. */
const longestState = 2_048
const longestBaggage = 8_192

/** What a message's headers say of its trace; null: nothing that could be used. What is too long is left out, whoever sent it. */
export function readTraceHeaders(traceparent: unknown, tracestate: unknown, baggage: unknown): TraceHeaders | null {
  if (!isShort(traceparent, longestParent)) return null
  return {
    traceparent,
    ...(isShort(tracestate, longestState) && { tracestate }),
    ...(isShort(baggage, longestBaggage) && { baggage }),
  }
}

/** The same as members of a JSON object that has others in front, in the order that `fast-message` reads. */
export function traceHeadersText({ traceparent, tracestate, baggage }: TraceHeaders): string {
  const state = tracestate === undefined ? '' : `,"tracestate":${jsonText(tracestate)}`
  const carried = baggage === undefined ? '' : `,"baggage":${jsonText(baggage)}`
  return `,"traceparent":${jsonText(traceparent)}${state}${carried}`
}

/** A parent of W3C's Trace Context, of any version: version ff and ids of zeros are none. Later versions may add to its end. */
const parentPattern = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:$|-)/

/** The trace's id, as a log may show it; null where the header is none, and the task runs in a trace of its own. */
export function traceIdOf({ traceparent }: Pick<TraceHeaders, 'traceparent'>): string | null {
  return parentPattern.exec(traceparent)?.[1] ?? null
}

function isShort(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest
}
