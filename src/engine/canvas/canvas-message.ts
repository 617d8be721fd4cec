import { pythonRepr, tupleRepr } from '../python-repr.ts'
import type { TraceHeaders } from '../trace-headers.ts'
import { uniqueTag } from '../unique-tag.ts'
import { isoFromMs, type Json } from '../wire-value.ts'
import type { Embed } from './wire-signature.ts'

/** What is needed to put a task of a canvas on a queue. Times are Unix milliseconds. */
export interface CanvasCall {
  readonly name: string
  readonly id: string
  readonly queue: string
  /** Whether the list of a chord's results stands in front of the arguments. */
  readonly takesResults: boolean
  readonly args: readonly Json[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly embed: Embed
  /** The arguments as tools may show them. */
  readonly argsRepr: string | null
  readonly kwargsRepr: string | null
  readonly origin: string
  readonly ignoreResult: boolean
  readonly headers: Readonly<Record<string, unknown>>
  readonly rootId: string
  readonly parentId: string | null
  readonly groupId: string | null
  readonly groupIndex: number | null
  readonly eta: number | null
  readonly expires: number | null
  /** Seconds. */
  readonly timeLimit: number | null
  readonly softTimeLimit: number | null
  readonly priority: number
  readonly sentAt: number
  /** The trace that it is part of. */
  readonly trace?: TraceHeaders | undefined
}

/**
 * Writes a protocol 2 message. The body of one that takes results is not in base64, so that a script can put them into it.
 *
 * @returns the message; or its two parts, between which the results go as JSON within a text of JSON
 */
export function writeCanvasMessage(call: CanvasCall): string | readonly [before: string, after: string] {
  const { takesResults, args, kwargs, embed } = call
  const { callbacks, errbacks, chain, chord } = embed
  const rest = JSON.stringify([
    kwargs,
    { callbacks: orNull(callbacks), errbacks: orNull(errbacks), chain: orNull(chain), chord },
  ]).slice(1)
  if (!takesResults) {
    const body = Buffer.from(`[${JSON.stringify(args)},${rest}`).toString('base64')
    return `{"body":"${body}"${envelope(call, 'base64')}`
  }
  const more = args.map((arg) => `,${JSON.stringify(arg)}`).join('')
  return [`{"body":"[[`, `${JSON.stringify(`${more}],${rest}`).slice(1)}${envelope(call, null)}`]
}

function envelope(call: CanvasCall, bodyEncoding: 'base64' | null): string {
  const { name, id, queue, takesResults, args, kwargs, timeLimit, softTimeLimit, priority, rootId } = call
  const shown = takesResults ? `([...], ${args.length} more)` : tupleRepr(args)
  const headers = {
    ...call.headers,
    lang: 'js',
    task: name,
    id,
    ...(call.expires !== null && { expires: isoFromMs(call.expires) }),
    ...((timeLimit !== null || softTimeLimit !== null) && { timelimit: [timeLimit, softTimeLimit] }),
    argsrepr: call.argsRepr ?? shown,
    kwargsrepr: call.kwargsRepr ?? pythonRepr(kwargs),
    origin: call.origin,
    ...(call.ignoreResult && { ignore_result: true }),
    ...call.trace,
    ...(call.eta !== null && { retries: 0, eta: isoFromMs(call.eta) }),
    ...(call.groupId !== null && { group: call.groupId, group_index: call.groupIndex }),
    ...(rootId !== id && { root_id: rootId }),
    ...(call.parentId !== null && { parent_id: call.parentId }),
  }
  const properties = {
    delivery_info: { exchange: '', routing_key: queue },
    ...(priority > 0 && { priority }),
    ...(bodyEncoding !== null && { body_encoding: bodyEncoding }),
    delivery_tag: uniqueTag(),
    timestamp: Math.max(call.sentAt, call.eta ?? 0) / 1000,
  }
  const start = '"content-encoding":"utf-8","content-type":"application/json"'
  return `,${start},"headers":${JSON.stringify(headers)},"properties":${JSON.stringify(properties)}}`
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list
}
