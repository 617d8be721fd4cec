import { readFileSync } from 'node:fs'
import { readJson, type Envelope } from './golden-messages.ts'

/** A message of events as a real Celery published it. */
export interface GoldenEvents {
  readonly channel: string
  readonly raw: Buffer
  readonly envelope: Envelope
  readonly body: GoldenEvent | readonly GoldenEvent[]
}

export interface GoldenEvent {
  readonly type: string
  readonly [field: string]: unknown
}

const file = new URL('../../fixtures/celery/events.jsonl', import.meta.url)

export const goldenEvents: readonly GoldenEvents[] = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const {
      channel,
      raw,
      decoded_body: body,
    } = JSON.parse(line) as {
      channel: string
      raw: string
      decoded_body: GoldenEvents['body']
    }
    return { channel, raw: Buffer.from(raw), envelope: readJson(raw), body }
  })

/** The first event of a type, and the message that it came in. */
export function goldenEvent(type: string): { event: GoldenEvent; message: GoldenEvents } {
  for (const message of goldenEvents) {
    const event = [message.body].flat().find((one) => one.type === type)
    if (event !== undefined) return { event, message }
  }
  throw new Error(`no ${type} was recorded`)
}
