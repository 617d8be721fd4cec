import type { EventChannel } from '../../../src/engine/broker/broker.ts'
import { readJson, type Envelope } from './golden-messages.ts'

/** A message as it was published. */
export interface Published {
  readonly routingKey: string
  readonly envelope: Envelope
  readonly body: unknown
}

/** A channel that keeps what is published on it. */
export class RecordedChannel implements EventChannel {
  readonly published: Published[] = []
  /** What the broker says to the next ones. */
  answer: () => Promise<void> = async () => {}

  async publish(routingKey: string, text: string): Promise<void> {
    await this.answer()
    const envelope = readJson(text)
    const body: unknown = JSON.parse(Buffer.from(envelope.body, 'base64').toString())
    this.published.push({ routingKey, envelope, body })
  }

  /** All events in their order, whatever message they came in. */
  get events(): Record<string, unknown>[] {
    return this.published.flatMap(({ body }) => body as Record<string, unknown>[])
  }
}
