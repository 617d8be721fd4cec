import type { EventChannel } from './broker/broker.ts'
import { messageOf } from './errors.ts'
import { writeEventMessage, type EventFields, type WireEvent } from './event-message.ts'
import type { LamportClock } from './lamport-clock.ts'
import type { Logger } from './logger.ts'

/** So many events go with one message, and the first of them waits for others for so long, in milliseconds. */
const groupSize = 100
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
  #gathered: WireEvent[] = []
  #timer: NodeJS.Timeout | undefined
  #utcoffset = utcOffset()
  #unanswered = 0
  #dropped = 0

  constructor(options: EventPublisherOptions) {
    this.#options = options
  }

  gather(type: string, fields: EventFields): void {
    if (this.#gathered.push(this.#event(type, fields)) >= groupSize) return this.flush()
    this.#timer ??= setTimeout(() => this.flush(), gatherMs)
  }

  /** Sends what was gathered on its way now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { group } = this.#options
    const events = this.#gathered
    const [first] = events
    if (first === undefined) return
    this.#gathered = []
    this.#utcoffset = utcOffset()
    void this.#send(group, group === 'task.multi' || events.length > 1 ? events : first, events.length)
  }

  /** Resolves when the event was published, or could not be. */
  async publish(type: string, fields: EventFields): Promise<void> {
    await this.#send(type.replace('-', '.'), this.#event(type, fields), 0)
  }

  #event(type: string, fields: EventFields): WireEvent {
    const { hostname, clock } = this.#options
    return {
      hostname,
      utcoffset: this.#utcoffset,
      pid: process.pid,
      clock: clock.forward(),
      ...fields,
      timestamp: Date.now() / 1000,
      type,
    }
  }

  /** @param count how many events are lost with it */
  async #send(routingKey: string, body: WireEvent | WireEvent[], count: number): Promise<void> {
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

/** As Celery has it: whole hours behind UTC, rounded down. */
function utcOffset(): number {
  return Math.floor(new Date().getTimezoneOffset() / 60)
}
