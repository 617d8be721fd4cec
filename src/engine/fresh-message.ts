import { admittedHeader, crashesHeader, decodeMessage, readEnvelope, sentHeader } from './message.ts'
import { uniqueTag } from './unique-tag.ts'
import { WrittenNumbers } from './written-numbers.ts'

/** A message that is put on its queue once more. */
export interface FreshMessage {
  /** Its new text; null: byte for byte as it is. */
  readonly text: string | null
  /** 0 to 9; 0 is served first. */
  readonly priority: number
}

/**
 * Gives a message that has failed a fresh start: with all its retries, no crashes and no eta, sent now. Everything else is
 * kept, its id, headers that we do not know and numbers that JavaScript can not hold too. What can't be read, and a protocol 1 message, stays byte for byte.
 *
 * @param sentAt Unix milliseconds
 */
export function freshMessage(raw: Uint8Array, sentAt: number): FreshMessage {
  const envelope = envelopeOf(raw)
  const priority = priorityIn(envelope)
  if (envelope === null || !isReadable(raw)) return { text: null, priority }
  if (!('task' in record(envelope['headers']))) return { text: null, priority }
  const numbers = new WrittenNumbers()
  const written = readEnvelope(raw, numbers)
  const {
    [crashesHeader]: _crashes,
    [admittedHeader]: _admitted,
    [sentHeader]: _sent,
    ...kept
  } = record(written['headers'])
  const text = JSON.stringify({
    ...written,
    headers: { ...kept, retries: 0, eta: null },
    properties: {
      ...record(written['properties']),
      delivery_tag: uniqueTag(),
      // The age of a queue's oldest message is read from it: this one has not waited there yet.
      timestamp: sentAt / 1000,
    },
  })
  return { text: numbers.show(text), priority }
}

/** The priority of an element of a queue, 0 to 9, read as kombu does: 0 where it tells none. */
export function priorityOf(raw: Uint8Array): number {
  return priorityIn(envelopeOf(raw))
}

function priorityIn(envelope: Record<string, unknown> | null): number {
  const priority = Math.trunc(Number(record(envelope?.['properties'])['priority'] ?? 0))
  return Number.isNaN(priority) ? 0 : Math.min(Math.max(priority, 0), 9)
}

function envelopeOf(raw: Uint8Array): Record<string, unknown> | null {
  try {
    return record(JSON.parse(Buffer.from(raw).toString()))
  } catch {
    return null
  }
}

function isReadable(raw: Uint8Array): boolean {
  try {
    decodeMessage(raw)
    return true
  } catch {
    return false
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
