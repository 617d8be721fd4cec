import { bodyText, isRecord, readEnvelope } from './message.ts'
import { uniqueTag } from './unique-tag.ts'
import type { Json } from './wire-value.ts'

/** The exchange of events (celery.events.event). */
export const eventExchange = 'celeryev'

/** What an event says beside where and when it happened, under Celery's names. */
export type EventFields = Readonly<Record<string, Json>>

/** An event as Celery's monitors read it (celery.events.dispatcher). */
export interface WireEvent extends EventFields {
  /** The node, or for `task-sent` whoever sent. */
  readonly hostname: string
  /** How far local time is behind UTC, in whole hours. */
  readonly utcoffset: number
  readonly pid: number
  /** The sender's Lamport clock. */
  readonly clock: number
  /** Unix seconds. */
  readonly timestamp: number
  /** For example `task-succeeded`. */
  readonly type: string
}

/** An event as somebody on the broker wrote it: nothing is sure but that it has a type. */
export interface ReadEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/**
 * Writes a message of events, as kombu does.
 *
 * @param hostname whose events they are
 * @param body one event, or a list of them
 */
export function writeEventMessage(
  routingKey: string,
  hostname: string,
  body: WireEvent | readonly WireEvent[],
): string {
  return JSON.stringify({
    body: Buffer.from(wellFormedJson(body)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { hostname },
    properties: {
      delivery_mode: 1,
      delivery_info: { exchange: eventExchange, routing_key: routingKey },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: uniqueTag(),
    },
  })
}

/**
 * Reads a message of events; what is none among them is passed over.
 *
 * @throws EngineError MESSAGE_UNREADABLE, or another error for what is no such message
 */
export function readEventMessage(raw: Uint8Array): ReadEvent[] {
  const { body, properties } = readEnvelope(raw)
  if (typeof body !== 'string') throw new TypeError('expected a body: text')
  const encoded = isRecord(properties) && properties['body_encoding'] === 'base64'
  const parsed: unknown = JSON.parse(bodyText(body, encoded ? 'base64' : null))
  return (Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]).filter(isEvent)
}

function isEvent(value: unknown): value is ReadEvent {
  return isRecord(value) && typeof value['type'] === 'string'
}

/**
 * JSON without halves of characters, which may be left where a text was cut: Python can not print them, and Celery's tools
 * end where they try.
 */
function wellFormedJson(value: unknown): string {
  const text = JSON.stringify(value)
  // A half is written by its number, a whole character as it is.
  if (!text.includes('\\ud')) return text
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? member.replaceAll(/\p{Surrogate}/gu, '\ufffd') : member,
  )
}
