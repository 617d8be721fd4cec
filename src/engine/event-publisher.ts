import type { EventChannel } from './broker/broker.ts'
import { messageOf } from './errors.ts'
import { EventBatch } from './event-batch.ts'
import { eventWriter, writeEventMessage, type EventWriter } from './event-message.ts'
import type { LamportClock } from './lamport-clock.ts'
import type { Logger } from './logger.ts'

/** How long an event waits for others that go with it, in milliseconds. */
const gatherMs = 5

/** Most events that are on their way to a broker that has not answered yet. */
const maxUnanswered = 10_000

/** What it works with. */
export interface EventPublisherOptions {
  readonly channel: EventChannel
  /** The process's clock, shared by all that it sends. */
  readonly clock: LamportClock
  /** Whose events they are. */
  readonly hostname: string
  /** Routing key of what is gathered: `task.multi` always holds a list, any other only where there are several. */
  readonly group: 'task.multi' | 'task.sent'
  readonly logger: Logger
}

/**
 * Publishes events.
 *
 * 1. gather: an event waits a few milliseconds for others, and goes with them in one message.
 * 2. publish: an event goes by itself, at once.
 * 3. While the broker is away, or takes more time than there is room for, events are dropped: whoever listens misses them, and
 *    nobody waits for them. How many of those that were gathered is told when the broker takes events again.
 */
export class EventPublisher {
  readonly #options: EventPublisherOptions
  readonly #gathered = new EventBatch()
  #timer: NodeJS.Timeout | undefined
  #write: EventWriter
  #unanswered = 0
  #dropped = 0

  constructor(options: EventPublisherOptions) {
    this.#options = options
    this.#write = this.#writer()
  }

  /** @param members what the event says, as JSON: `"uuid":"..."` */
  gather(type: string, members: string): void {
    const event = this.#event(type, members)
    if (!this.#gathered.add(event)) {
      this.flush()
      this.#gathered.add(event)
    }
    if (this.#gathered.isFull) return this.flush()
    this.#timer ??= setTimeout(() => this.flush(), gatherMs)
  }

  /** Sends what was gathered on its way now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { count } = this.#gathered
    if (count === 0) return
    const { group } = this.#options
    void this.#send(group, this.#gathered.take({ asList: group === 'task.multi' }), count)
    // Local time may have become summer time.
    this.#write = this.#writer()
  }

  /** Resolves when the event was published, or could not be. */
  async publish(type: string, members: string): Promise<void> {
    await this.#send(type.replace('-', '.'), Buffer.from(this.#event(type, members)).toString('base64'), 0)
  }

  /** One event as JSON. */
  #event(type: string, members: string): string {
    return this.#write(type, this.#options.clock.forward(), members)
  }

  #writer(): EventWriter {
    // As Celery has it: whole hours behind UTC, rounded down.
    const utcoffset = Math.floor(new Date().getTimezoneOffset() / 60)
    return eventWriter({ hostname: this.#options.hostname, utcoffset, pid: process.pid })
  }

  /** @param body JSON in base64 @param count how many events are lost with it */
  async #send(routingKey: string, body: string, count: number): Promise<void> {
    const { channel, hostname, logger } = this.#options
    if (this.#unanswered + count > maxUnanswered) {
      this.#dropped += count
      return
    }
    this.#unanswered += count
    try {
      await channel.publish(routingKey, writeEventMessage(routingKey, hostname, body))
      this.#tellDropped()
    } catch (error) {
      this.#dropped += count
      logger.debug({ error: messageOf(error) }, 'events could not be published')
    } finally {
      this.#unanswered -= count
    }
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return
    this.#options.logger.warn({ dropped: this.#dropped }, 'events were dropped while the broker did not take them')
    this.#dropped = 0
  }
}
