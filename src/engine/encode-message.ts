import { crashesHeader, isRecord, readEnvelope, utf8 } from './message.ts'
import { MessageWriter, type MessageCall, type MessageKind } from './message-writer.ts'
import { uniqueTag } from './unique-tag.ts'
import { isoFromMs } from './wire-value.ts'

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
    properties['delivery_tag'] = uniqueTag()
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
