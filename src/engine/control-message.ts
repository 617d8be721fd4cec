import { isRecord, readEnvelope } from './message.ts'
import type { NodePattern } from './node-pattern.ts'
import { uniqueTag } from './unique-tag.ts'

/** The exchange of remote control, and the one of the replies (kombu.pidbox). */
export const controlExchange = 'celery.pidbox'
export const replyExchange = 'reply.celery.pidbox'

/** Our own argument of `revoke`: nodes of this kind read of it in Redis. Celery passes over arguments that it does not know. */
export const notedInRedis = 'lovage_noted'

/** What somebody asks of the nodes on a broker. */
export interface ControlRequest {
  /** The command, for example `ping`. */
  readonly method: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Names of the nodes that are meant; null: those that `pattern` means. */
  readonly destination: readonly string[] | null
  /** Null: all nodes. */
  readonly pattern: NodePattern | null
  /** Ties the replies to the request. */
  readonly ticket: string
  /** Routing key under which the sender finds the replies; null: it wants none. */
  readonly replyTo: string | null
  /** The sender's Lamport clock. */
  readonly clock: number
  /** When the sender stops waiting, Unix milliseconds of its own clock; null: it did not say. */
  readonly expiresAt: number | null
}

/** What one node answered. */
export interface ControlReply {
  readonly node: string
  /** For example `{ ok: 'pong' }`. */
  readonly reply: unknown
  readonly ticket: string
  readonly clock: number
}

/**
 * Reads a request.
 *
 * @throws EngineError MESSAGE_UNREADABLE, or another error for what is no request
 */
export function readControlRequest(raw: Uint8Array): ControlRequest {
  const { headers, body } = readControlMessage(raw)
  const { method, arguments: given, destination, pattern, matcher, ticket, reply_to: replyTo } = body
  if (typeof method !== 'string') throw new TypeError('expected a method: text')
  return {
    method,
    arguments: isRecord(given) ? given : {},
    destination: namesOf(destination),
    // Without a matcher kombu would have all nodes: whoever writes a pattern does not mean that.
    pattern: textOrNull(pattern) === null ? null : { text: String(pattern), matcher: textOrNull(matcher) ?? 'glob' },
    ticket: typeof ticket === 'string' ? ticket : '',
    // Only where replies belong: the name of a queue of tasks may stand there.
    replyTo: isRecord(replyTo) && replyTo['exchange'] === replyExchange ? textOrNull(replyTo['routing_key']) : null,
    clock: clockOf(headers),
    expiresAt: timeOf(headers),
  }
}

/** Writes a request, as kombu does. */
export function writeControlRequest(request: ControlRequest): string {
  const { method, arguments: given, destination, pattern, ticket, replyTo, clock, expiresAt } = request
  const replies = replyTo === null ? {} : { ticket, reply_to: { exchange: replyExchange, routing_key: replyTo } }
  const { text = null, matcher = null } = pattern ?? {}
  return writeControlMessage({
    exchange: controlExchange,
    routingKey: '',
    headers: { clock, expires: (expiresAt ?? 0) / 1000 },
    deliveryMode: 2,
    body: { method, arguments: given, destination, pattern: text, matcher, ...replies },
  })
}

/**
 * Reads a reply.
 *
 * @throws EngineError MESSAGE_UNREADABLE, or another error for what is no reply
 */
export function readControlReply(raw: Uint8Array): ControlReply {
  const { headers, body } = readControlMessage(raw)
  const [first] = Object.entries(body)
  if (first === undefined) throw new TypeError("expected a node's reply")
  const [node, reply] = first
  const { ticket } = headers
  return { node, reply, ticket: typeof ticket === 'string' ? ticket : '', clock: clockOf(headers) }
}

/** Writes a reply, as kombu does. */
export function writeControlReply({ node, reply, ticket, clock }: ControlReply, replyTo: string): string {
  return writeControlMessage({
    exchange: replyExchange,
    routingKey: replyTo,
    headers: { ticket, clock },
    deliveryMode: 1,
    body: { [node]: reply },
  })
}

function readControlMessage(raw: Uint8Array): { headers: Record<string, unknown>; body: Record<string, unknown> } {
  const { headers, body, properties } = readEnvelope(raw)
  if (typeof body !== 'string') throw new TypeError('expected a body: text')
  const encoded = isRecord(properties) && properties['body_encoding'] === 'base64'
  const parsed: unknown = JSON.parse(encoded ? Buffer.from(body, 'base64').toString() : body)
  if (!isRecord(parsed)) throw new TypeError('expected a body: an object')
  return { headers: isRecord(headers) ? headers : {}, body: parsed }
}

interface Parts {
  readonly exchange: string
  readonly routingKey: string
  readonly headers: object
  readonly deliveryMode: 1 | 2
  readonly body: object
}

function writeControlMessage({ exchange, routingKey, headers, deliveryMode, body }: Parts): string {
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers,
    properties: {
      delivery_mode: deliveryMode,
      delivery_info: { exchange, routing_key: routingKey },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: uniqueTag(),
    },
  })
}

/** kombu takes a list; whoever writes one name as text does not mean all nodes. */
function namesOf(destination: unknown): readonly string[] | null {
  if (Array.isArray(destination)) return destination.length > 0 ? destination.map(String) : null
  const name = textOrNull(destination)
  return name === null ? null : [name]
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function clockOf({ clock }: Record<string, unknown>): number {
  return typeof clock === 'number' && Number.isSafeInteger(clock) && clock > 0 ? clock : 0
}

/** kombu writes 0 where the sender does not wait. */
function timeOf({ expires }: Record<string, unknown>): number | null {
  return typeof expires === 'number' && expires > 0 ? expires * 1000 : null
}
