import { compress } from './compression.ts'
import {
  admittedHeader,
  bodyText,
  crashesHeader,
  decodeMessage,
  encodingOf,
  isRecord,
  memoHeader,
  readEnvelope,
  sentHeader,
  type BodyEncoding,
  type TaskMessage,
} from './message.ts'
import { MessageWriter, type MessageCall, type MessageKind } from './message-writer.ts'
import { uniqueTag } from './unique-tag.ts'
import { isoFromMs } from './wire-value.ts'
import { WrittenNumbers } from './written-numbers.ts'

/** What is needed to put one task on a queue. */
export type OutgoingTask = MessageKind & MessageCall

/**
 * Writes one message. Whoever writes many of a task keeps its `MessageWriter`.
 *
 * @throws EngineError ARGUMENT_INVALID
 */
export function encodeMessage(task: OutgoingTask): string {
  return new MessageWriter(task).write(task)
}

/**
 * A message as it is to run next time, in Celery's form: the same id, other counts, a new eta. Everything else is kept, headers that
 * we do not know and numbers that JavaScript can not hold too.
 *
 * @param raw the message as it was on the list
 * @param next.eta Unix milliseconds
 * @param next.memo what the next run is told; without it, what this one was told
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function encodeRetry(
  raw: Uint8Array,
  next: { retries: number; crashes: number; eta: number; memo?: string },
): string {
  const counts = {
    retries: next.retries,
    eta: isoFromMs(next.eta),
    ...(next.crashes > 0 ? { [crashesHeader]: next.crashes } : {}),
    ...(next.memo === undefined ? {} : { [memoHeader]: next.memo }),
  }
  // The age of a queue's oldest message is read from it: this one waits there from its eta on. Each try is admitted anew.
  return rewritten(raw, { ...counts, [admittedHeader]: undefined }, next.eta / 1000)
}

/**
 * A message as it is when its task's rate limit has let it pass: everything else is kept. Nobody knows yet when that is, so it does
 * not say any more since when it waits on its queue.
 *
 * @param raw the message as it was on the list
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function encodeAdmitted(raw: Uint8Array): string {
  return rewritten(raw, { [admittedHeader]: true }, undefined)
}

/**
 * A message that the limit has let pass, as it was before that.
 *
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function encodeUnadmitted(raw: Uint8Array): string {
  return rewritten(raw, { [admittedHeader]: undefined }, undefined)
}

/**
 * When it was first sent goes into a header of our own: the timestamp says since when it waits.
 *
 * @param timestamp seconds; undefined: it has none
 */
function rewritten(raw: Uint8Array, fields: Record<string, unknown>, timestamp: number | undefined): string {
  const numbers = new WrittenNumbers()
  const envelope = readEnvelope(raw, numbers)
  const { headers, properties } = envelope
  const sentAt = isRecord(properties) ? properties['timestamp'] : undefined
  if (isRecord(properties)) {
    properties['delivery_tag'] = uniqueTag()
    if ('timestamp' in properties) properties['timestamp'] = timestamp
  }
  if (isRecord(headers) && 'task' in headers) {
    const { [sentHeader]: firstSentAt = sentAt, ...others } = headers
    const written = { ...others, ...fields, [sentHeader]: firstSentAt }
    return numbers.show(JSON.stringify({ ...envelope, headers: written }))
  }
  // Protocol 1: what protocol 2 has in its headers is in the body.
  const encoding = encodingOf(envelope)
  const own = new WrittenNumbers()
  const body: unknown = JSON.parse(own.hide(bodyText(String(envelope['body']), encoding)))
  const changed = own.show(JSON.stringify({ ...(body as object), ...fields }))
  return numbers.show(JSON.stringify({ ...envelope, body: encoded(changed, encoding) }))
}

/**
 * A message that says itself before when it must not run.
 *
 * @param raw the message as it was on the list
 * @param eta Unix milliseconds
 * @returns its new text; null: it says so as it is, or can not be read
 */
export function withEta(raw: Uint8Array, eta: number): string | null {
  let message: TaskMessage
  try {
    message = decodeMessage(raw)
  } catch {
    return null
  }
  const { retries, crashes } = message
  return message.eta !== null && message.eta >= Math.floor(eta) ? null : encodeRetry(raw, { retries, crashes, eta })
}

/** The other way of `bodyText`. */
function encoded(text: string, encoding: BodyEncoding): string {
  if (encoding === null) return text
  return (encoding === 'base64' ? Buffer.from(text) : compress(text)).toString('base64')
}
