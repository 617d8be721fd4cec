import { randomUUID } from 'node:crypto'
import { crashesHeader, isRecord, readEnvelope, utf8 } from './message.ts'
import { tupleRepr } from './python-repr.ts'
import { isoFromMs, toWire } from './wire-value.ts'

/** What is needed to put one task on a queue. */
export interface OutgoingTask {
  readonly name: string
  readonly args: readonly unknown[]
  /** The arguments as tools may show them; `args` where it is absent. */
  readonly shownArgs?: readonly unknown[]
  readonly id: string
  readonly queue: string
  /** Unix milliseconds before which the task must not run. */
  readonly eta?: number
  /** Unix milliseconds after which the task must not run any more. */
  readonly expiresAt?: number
  /** 0 to 9; 0 is served first. */
  readonly priority?: number
  /** Seconds, of this message; win over the task's own. */
  readonly timeLimit?: number
  readonly softTimeLimit?: number
  /** When it is sent, Unix milliseconds. */
  readonly sentAt: number
  /** Who sent it, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  readonly ignoreResult?: boolean
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
  return JSON.stringify({
    body: Buffer.from(body).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: {
      lang: 'js',
      task: task.name,
      id: task.id,
      shadow: null,
      eta: task.eta === undefined ? null : isoFromMs(task.eta),
      expires: task.expiresAt === undefined ? null : isoFromMs(task.expiresAt),
      group: null,
      group_index: null,
      retries: 0,
      timelimit: [task.timeLimit ?? null, task.softTimeLimit ?? null],
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
      priority: task.priority ?? 0,
      body_encoding: 'base64',
      delivery_tag: randomUUID(),
      // AMQP's own name for it, in seconds: the age of a queue's oldest message is read from it. On the schedule none waits.
      timestamp: Math.max(task.sentAt, task.eta ?? 0) / 1000,
    },
  })
}

function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  let end = args.length
  while (end > 0 && args[end - 1] === undefined) end -= 1
  return args.slice(0, end)
}

/**
 * A message as it is to run next time, in Celery's form: the same id, other counts, a new eta. Headers that we do not know
 * are kept.
 *
 * @param raw the message as it was on the list
 * @param next.eta Unix milliseconds
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function encodeRetry(raw: Uint8Array, next: { retries: number; crashes: number; eta: number }): string {
  const envelope = readEnvelope(raw)
  const { headers, properties } = envelope
  const counts = {
    retries: next.retries,
    eta: isoFromMs(next.eta),
    ...(next.crashes > 0 ? { [crashesHeader]: next.crashes } : {}),
  }
  if (isRecord(properties)) {
    properties['delivery_tag'] = randomUUID()
    // The age of a queue's oldest message is read from it: this one waits there from its eta on.
    if ('timestamp' in properties) properties['timestamp'] = next.eta / 1000
  }
  if (isRecord(headers) && 'task' in headers) return JSON.stringify({ ...envelope, headers: { ...headers, ...counts } })
  // Protocol 1: what protocol 2 has in its headers is in the body.
  const encoded = isRecord(properties) && properties['body_encoding'] === 'base64'
  const text = String(envelope['body'])
  const body: unknown = JSON.parse(encoded ? utf8.decode(Buffer.from(text, 'base64')) : text)
  const changed = JSON.stringify({ ...(body as object), ...counts })
  return JSON.stringify({ ...envelope, body: encoded ? Buffer.from(changed).toString('base64') : changed })
}
