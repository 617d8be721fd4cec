import { isAscii } from 'node:buffer'
import { decompress, isZlib } from './compression.ts'
import { EngineError, isMemo } from './errors.ts'
import { exactNumbers, readJson, type JsonRead } from './exact-json.ts'
import { readFast } from './fast-message.ts'
import { readTraceHeaders, type TraceHeaders } from './trace-headers.ts'
import { dateFromIso } from './wire-value.ts'
import type { WrittenNumbers } from './written-numbers.ts'

/** Our own header: how often the task has ended the thread that ran it. Celery passes over headers that it does not know. */
export const crashesHeader = 'lovage_crashes'

/** Our own header: its task's rate limit has let it pass; it stands for one start. */
export const admittedHeader = 'lovage_admitted'

/** Our own header: what the run before tells the next one. */
export const memoHeader = 'lovage_memo'

/** Our own header: when a message that was written anew was first sent, in seconds. */
export const sentHeader = 'lovage_sent'

/** Names and ids are noted, logged and kept: longer ones are not read. */
export const maxNameLength = 1_000

/** A task message as a worker needs it. Times are Unix milliseconds. */
export interface TaskMessage {
  readonly id: string
  readonly name: string
  readonly retries: number
  /** How often it has ended the thread that ran it. */
  readonly crashes: number
  /** Whether its task's rate limit has let it pass. */
  readonly admitted: boolean
  /** What the run before tells this one. */
  readonly memo?: string
  readonly eta: number | null
  /** When it was first sent, or was due then; null: it does not say. */
  readonly sentAt: number | null
  /** Since when it has been on its queue; null: it does not say. */
  readonly queuedAt: number | null
  readonly expires: number | null
  /** Seconds, hard and soft, in the order of the wire. */
  readonly timeLimit: readonly [hard: number | null, soft: number | null]
  readonly rootId: string
  readonly parentId: string | null
  readonly groupId: string | null
  /** Its place in its group; null where nobody says. */
  readonly groupIndex: number | null
  readonly ignoreResult: boolean
  /** The trace that it is part of, where it says so. */
  readonly trace?: TraceHeaders
  /** The body as it came: JSON text, or that in base64, compressed or not. Not looked into here; see `readBody`. */
  readonly body: string
  readonly bodyEncoding: BodyEncoding
}

/** How a body travels in its envelope: as it is, in base64, or compressed with zlib and then in base64. */
export type BodyEncoding = 'base64' | 'base64+zlib' | null

/** Reads bytes as UTF-8; a byte order mark is no part of the text. */
export const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads one element of a queue.
 *
 * @throws EngineError MESSAGE_UNREADABLE, saying what was expected and what came (never the arguments)
 */
export function decodeMessage(raw: Uint8Array): TaskMessage {
  return readFast(raw, maxNameLength) ?? decodeAnyMessage(raw)
}

/**
 * The same for a message in whatever form: what it makes of a message is what the message says.
 *
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function decodeAnyMessage(raw: Uint8Array): TaskMessage {
  const envelope = readEnvelope(raw)
  const type = envelope['content-type']
  if (type !== 'application/json') return unreadable('content-type application/json', shown(type))
  const { headers, properties } = envelope
  if (!isRecord(headers)) return unreadable('headers: an object', typeName(headers))
  if (!isRecord(properties)) return unreadable('properties: an object', typeName(properties))
  const body = envelope['body']
  if (typeof body !== 'string') return unreadable('body: text', typeName(body))
  const encoding = encodingOf(envelope)
  if (!('task' in headers)) return fromProtocol1(body, encoding)
  const queuedAt = secondsIn(properties, 'timestamp')
  const sentAt = secondsIn(headers, sentHeader) ?? queuedAt
  return { ...fromHeaders(headers), sentAt, queuedAt, body, bodyEncoding: encoding }
}

/**
 * Reads an element of a queue as far as it is JSON.
 *
 * @param numbers hides numbers that are to be written again as they were
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function readEnvelope(raw: Uint8Array, numbers?: Pick<WrittenNumbers, 'hide'>): Record<string, unknown> {
  let text: string
  try {
    text = utf8.decode(raw)
  } catch {
    return unreadable('UTF-8 text', 'other bytes')
  }
  let envelope: unknown
  try {
    envelope = JSON.parse(numbers?.hide(text) ?? text)
  } catch {
    return unreadable('JSON', whatCame(text))
  }
  return isRecord(envelope) ? envelope : unreadable('an object with body, headers and properties', typeName(envelope))
}

/** Of a text that is no JSON: Python's words for numbers may be all that is wrong with it. */
function whatCame(text: string): string {
  try {
    return readJson(text).lost ?? 'other text'
  } catch {
    return 'other text'
  }
}

/**
 * How the body travels in an envelope.
 *
 * @throws EngineError MESSAGE_UNREADABLE for an encoding or a compression that we do not know
 */
export function encodingOf({ headers, properties }: Record<string, unknown>): BodyEncoding {
  const encoding = isRecord(properties) ? (properties['body_encoding'] ?? null) : null
  if (encoding !== null && encoding !== 'base64') return unreadable('body_encoding base64', shown(encoding))
  const compression = isRecord(headers) ? headers['compression'] : null
  // kombu takes any value that counts as false in Python for none.
  if (!compression) return encoding
  if (!isZlib(compression)) return unreadable('headers.compression application/x-gzip or none', shown(compression))
  return encoding === null ? unreadable('a compressed body in base64', 'another') : 'base64+zlib'
}

/**
 * A body's JSON text.
 *
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function bodyText(body: string, encoding: BodyEncoding): string {
  if (encoding === null) return body
  const sent = Buffer.from(body, 'base64')
  const bytes = encoding === 'base64' ? sent : decompress(sent)
  if (isAscii(bytes)) return bytes.toString('latin1')
  try {
    return utf8.decode(bytes)
  } catch {
    return unreadable('body: UTF-8 text in base64', 'other bytes')
  }
}

/** What the headers alone say. */
type FromHeaders = Omit<TaskMessage, 'sentAt' | 'queuedAt' | 'body' | 'bodyEncoding'>

function fromHeaders(headers: Record<string, unknown>): FromHeaders {
  const id = nonEmptyText(headers, 'id')
  const trace = readTraceHeaders(headers['traceparent'], headers['tracestate'], headers['baggage'])
  return {
    id,
    name: nonEmptyText(headers, 'task'),
    retries: count(headers, 'retries'),
    crashes: count(headers, crashesHeader),
    admitted: headers[admittedHeader] === true,
    ...(isMemo(headers[memoHeader]) && { memo: headers[memoHeader] }),
    eta: notBefore(headers['eta']),
    expires: time(headers['expires'], 'expires'),
    timeLimit: timeLimit(headers['timelimit']),
    rootId: optionalText(headers['root_id']) ?? id,
    parentId: optionalText(headers['parent_id']),
    groupId: optionalText(headers['group']),
    groupIndex: optionalWhole(headers['group_index']),
    ignoreResult: headers['ignore_result'] === true,
    ...(trace !== null && { trace }),
  }
}

/** Old clients put everything in the body: an object with task, id, args, kwargs. */
function fromProtocol1(body: string, encoding: BodyEncoding): TaskMessage {
  const text = bodyText(body, encoding)
  let read: JsonRead
  try {
    read = readJson(text)
  } catch {
    return unreadable('headers.task, or a protocol 1 body in JSON', 'neither')
  }
  const { value: parsed, lost } = read
  if (lost !== null) return unreadable(exactNumbers, lost)
  if (!isRecord(parsed)) return unreadable('headers.task, or a protocol 1 body', typeName(parsed))
  const headers = { ...parsed, group: parsed['taskset'] ?? null, root_id: null, parent_id: null, ignore_result: false }
  return {
    ...fromHeaders(headers),
    sentAt: null,
    queuedAt: null,
    body: JSON.stringify([parsed['args'] ?? [], parsed['kwargs'] ?? {}, embedOfProtocol1(parsed)]),
    bodyEncoding: null,
  }
}

function embedOfProtocol1({ callbacks = null, errbacks = null, chord = null }: Record<string, unknown>): unknown {
  return callbacks === null && errbacks === null && chord === null ? null : { callbacks, errbacks, chord }
}

function nonEmptyText(headers: Record<string, unknown>, key: string): string {
  const value = headers[key]
  if (typeof value !== 'string' || value === '') return unreadable(`headers.${key}: text`, typeName(value))
  if (value.length <= maxNameLength) return value
  return unreadable(`headers.${key}: text of at most ${maxNameLength} characters`, `${value.length} characters`)
}

function optionalText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function optionalWhole(value: unknown): number | null {
  return Number.isSafeInteger(value) ? Number(value) : null
}

function count(headers: Record<string, unknown>, key: string): number {
  const value = headers[key]
  if (value === undefined || value === null) return 0
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? value
    : unreadable(`headers.${key}: a whole number`, shown(value))
}

/** Unix milliseconds of a time in seconds; null for whatever else is there. */
function secondsIn(fields: Record<string, unknown>, key: string): number | null {
  const value = fields[key]
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value * 1000 : null
}

/** Python writes microseconds: what is cut off must not make it earlier. */
function notBefore(value: unknown): number | null {
  const milliseconds = time(value, 'eta')
  const hasMore = typeof value === 'string' && /\.\d{3}\d*[1-9]/.test(value)
  return milliseconds !== null && hasMore ? milliseconds + 1 : milliseconds
}

function time(value: unknown, key: string): number | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') return unreadable(`headers.${key}: an ISO 8601 time`, typeName(value))
  return dateFromIso(value).getTime()
}

function timeLimit(value: unknown): [number | null, number | null] {
  if (!Array.isArray(value)) return [null, null]
  const [hard, soft] = value.map((limit) => (typeof limit === 'number' && limit > 0 ? limit : null))
  return [hard ?? null, soft ?? null]
}

/** Whether a parsed value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What came, as a log may show it: what is no plain word may be anything, arguments too. */
function shown(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[\w.+-]{1,40}(?:\/[\w.+-]{1,40})?$/.test(value)
  return isPlain || typeof value === 'number' ? JSON.stringify(value) : typeName(value)
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : `a value of type ${typeof value}`
}

function unreadable(expected: string, came: string): never {
  throw new EngineError('MESSAGE_UNREADABLE', `expected ${expected}, came ${came}`)
}
