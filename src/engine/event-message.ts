import { jsonText } from './json-text.ts'
import { bodyText, isRecord, readEnvelope } from './message.ts'
import { uniqueTag } from './unique-tag.ts'
import type { Json } from './wire-value.ts'

/** The exchange of events (celery.events.event). */
export const eventExchange = 'celeryev'

/** What an event says beside where and when it happened, under Celery's names. */
export type EventFields = Readonly<Record<string, Json>>

/** Writes one event that happens now. @param members what it says, as JSON: `"uuid":"..."` */
export type EventWriter = (type: string, clock: number, members: string) => string

/** An event as somebody on the broker wrote it: nothing is sure but that it has a type. */
export interface ReadEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** What an event says, as members of a JSON object. Those that every task has are written by hand, which takes half the time. */
export function membersOf(fields: EventFields): string {
  return JSON.stringify(fields).slice(1, -1)
}

/**
 * Writes events of one process as Celery's monitors read them (celery.events.dispatcher), one JSON text each. What is the same in
 * all of them is put together once: a worker may have hundreds of thousands a second to tell.
 *
 * @param stamp.hostname the node, or for `task-sent` whoever sent
 * @param stamp.utcoffset how far local time is behind UTC, in whole hours
 */
export function eventWriter(stamp: { hostname: string; utcoffset: number; pid: number }): EventWriter {
  const { hostname, utcoffset, pid } = stamp
  const head = `{"hostname":${jsonText(hostname)},"utcoffset":${utcoffset},"pid":${pid},"clock":`
  let [now, seconds] = [0, '']
  return (type, clock, members) => {
    const time = Date.now()
    if (time !== now) [now, seconds] = [time, String(time / 1000)]
    return wellFormed(`${head}${clock},${members},"timestamp":${seconds},"type":"${type}"}`)
  }
}

/**
 * Writes a message of events, as kombu does.
 *
 * @param hostname whose events they are
 * @param body JSON in base64: one event, or a list of them
 */
export function writeEventMessage(routingKey: string, hostname: string, body: string): string {
  const headers = JSON.stringify({ hostname })
  const properties = JSON.stringify({
    delivery_mode: 1,
    delivery_info: { exchange: eventExchange, routing_key: routingKey },
    priority: 0,
    body_encoding: 'base64',
    delivery_tag: uniqueTag(),
  })
  return `{"body":"${body}","content-encoding":"utf-8","content-type":"application/json","headers":${headers},"properties":${properties}}`
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
function wellFormed(json: string): string {
  // A half is written by its number, a whole character as it is.
  if (!json.includes('\\ud')) return json
  return JSON.stringify(JSON.parse(json), (_key, member: unknown) =>
    typeof member === 'string' ? member.replaceAll(/\p{Surrogate}/gu, '\ufffd') : member,
  )
}
