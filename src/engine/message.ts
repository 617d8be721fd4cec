import { randomUUID } from 'node:crypto'
import { EngineError } from './errors.ts'
import { tupleRepr } from './python-repr.ts'
import { dateFromIso, toWire } from './wire-value.ts'

/** What is needed to put one task on a queue. */
export interface OutgoingTask {
  readonly name: string
  readonly args: readonly unknown[]
  /** The arguments as tools may show them; `args` where it is absent. */
  readonly shownArgs?: readonly unknown[]
  readonly id: string
  readonly queue: string
  /** Unix milliseconds after which the task must not run any more. */
  readonly expiresAt?: number
  /** Who sent it, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  readonly ignoreResult?: boolean
}

/** A task message as a worker needs it. Times are Unix milliseconds. */
export interface TaskMessage {
  readonly id: string
  readonly name: string
  readonly retries: number
  readonly eta: number | null
  readonly expires: number | null
  /** Seconds, hard and soft, in the order of the wire. */
  readonly timeLimit: readonly [hard: number | null, soft: number | null]
  readonly rootId: string
  readonly parentId: string | null
  readonly groupId: string | null
  readonly ignoreResult: boolean
  /** The body as text: JSON. Not looked into here; see `readBody`. */
  readonly body: string
}

/**
 * Writes a protocol 2 message, one JSON text, as Celery 5 does
 * (docs.celeryq.dev, "Message Protocol", checked against messages of a real Celery 5.6).
 *
 * @throws EngineError ARGUMENT_INVALID
 */
export function encodeMessage(task: OutgoingTask): string {
  const args = withoutTrailingUndefined(task.args).map((arg, index) =>
    toWire(arg, `${task.name}: argument ${index + 1}`),
  )
  const body = JSON.stringify([args, {}, { callbacks: null, errbacks: null, chain: null, chord: null }])
  const expires = task.expiresAt === undefined ? null : new Date(task.expiresAt).toISOString().replace('Z', '+00:00')
  return JSON.stringify({
    body: Buffer.from(body).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: {
      lang: 'js',
      task: task.name,
      id: task.id,
      shadow: null,
      eta: null,
      expires,
      group: null,
      group_index: null,
      retries: 0,
      timelimit: [null, null],
      root_id: task.id,
      parent_id: null,
      argsrepr: tupleRepr(task.shownArgs ?? task.args),
      kwargsrepr: '{}',
      origin: task.origin,
      ignore_result: task.ignoreResult ?? false,
    },
    properties: {
      correlation_id: task.id,
      reply_to: '',
      delivery_mode: 2,
      delivery_info: { exchange: '', routing_key: task.queue },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: randomUUID(),
    },
  })
}

function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  let end = args.length
  while (end > 0 && args[end - 1] === undefined) end -= 1
  return args.slice(0, end)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads one element of a queue.
 *
 * @throws EngineError MESSAGE_UNREADABLE, saying what was expected and what came (never the arguments)
 */
export function decodeMessage(raw: Uint8Array): TaskMessage {
  let text: string
  try {
    text = utf8.decode(raw)
  } catch {
    return unreadable('UTF-8 text', 'other bytes')
  }
  let envelope: unknown
  try {
    envelope = JSON.parse(text)
  } catch {
    return unreadable('JSON', 'other text')
  }
  if (!isRecord(envelope)) return unreadable('an object with body, headers and properties', typeName(envelope))
  const type = envelope['content-type']
  if (type !== 'application/json') return unreadable('content-type application/json', JSON.stringify(type) ?? 'none')
  const { headers, properties } = envelope
  if (!isRecord(headers)) return unreadable('headers: an object', typeName(headers))
  if (!isRecord(properties)) return unreadable('properties: an object', typeName(properties))
  const body = bodyText(envelope['body'], properties['body_encoding'])
  return 'task' in headers ? fromHeaders(headers, body) : fromProtocol1(body)
}

function bodyText(body: unknown, encoding: unknown): string {
  if (typeof body !== 'string') return unreadable('body: text', typeName(body))
  if (encoding === undefined || encoding === null) return body
  if (encoding !== 'base64') return unreadable('body_encoding base64', JSON.stringify(encoding))
  try {
    return utf8.decode(Buffer.from(body, 'base64'))
  } catch {
    return unreadable('body: UTF-8 text in base64', 'other bytes')
  }
}

function fromHeaders(headers: Record<string, unknown>, body: string): TaskMessage {
  const id = nonEmptyText(headers, 'id')
  return {
    id,
    name: nonEmptyText(headers, 'task'),
    retries: count(headers['retries']),
    eta: time(headers['eta'], 'eta'),
    expires: time(headers['expires'], 'expires'),
    timeLimit: timeLimit(headers['timelimit']),
    rootId: optionalText(headers['root_id']) ?? id,
    parentId: optionalText(headers['parent_id']),
    groupId: optionalText(headers['group']),
    ignoreResult: headers['ignore_result'] === true,
    body,
  }
}

/** Old clients put everything in the body: an object with task, id, args, kwargs. */
function fromProtocol1(body: string): TaskMessage {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return unreadable('headers.task, or a protocol 1 body in JSON', 'neither')
  }
  if (!isRecord(parsed)) return unreadable('headers.task, or a protocol 1 body', typeName(parsed))
  return {
    ...fromHeaders(
      { ...parsed, group: parsed['taskset'] ?? null, root_id: null, parent_id: null, ignore_result: false },
      JSON.stringify([parsed['args'] ?? [], parsed['kwargs'] ?? {}, null]),
    ),
  }
}

function nonEmptyText(headers: Record<string, unknown>, key: string): string {
  const value = headers[key]
  return typeof value === 'string' && value !== '' ? value : unreadable(`headers.${key}: text`, typeName(value))
}

function optionalText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function count(value: unknown): number {
  if (value === undefined || value === null) return 0
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? value
    : unreadable('headers.retries: a whole number', JSON.stringify(value) ?? typeName(value))
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

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : `a value of type ${typeof value}`
}

function unreadable(expected: string, came: string): never {
  throw new EngineError('MESSAGE_UNREADABLE', `expected ${expected}, came ${came}`)
}
