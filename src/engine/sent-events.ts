import type { Outgoing } from './broker/broker.ts'
import { membersOf } from './event-message.ts'
import { EventPublisher, type EventPublisherOptions } from './event-publisher.ts'
import { decodeMessage } from './message.ts'
import { shownArguments } from './shown-arguments.ts'
import { isoFromMs } from './wire-value.ts'

/** A message that the broker has taken. */
export type SentMessage = Pick<Outgoing, 'queue' | 'message'>

/** Tells of each task that was sent (Celery's `task_send_sent_event`). */
export class SentEvents {
  readonly #publisher: EventPublisher

  /** @param options.hostname names whoever sends */
  constructor(options: Omit<EventPublisherOptions, 'group'>) {
    this.#publisher = new EventPublisher({ ...options, group: 'task.sent' })
  }

  /** The broker has taken this message. */
  sent(outgoing: SentMessage): void {
    this.#publisher.gather('task-sent', this.#membersOf(outgoing))
  }

  /** The same, by itself and at once. Resolves when it was published, or could not be. */
  publish(outgoing: SentMessage): Promise<void> {
    return this.#publisher.publish('task-sent', this.#membersOf(outgoing))
  }

  #membersOf({ queue, message: text }: SentMessage): string {
    const raw = Buffer.from(text)
    const { id, name, rootId, parentId, retries, eta, expires } = decodeMessage(raw)
    const { args, kwargs } = shownArguments(raw)
    const fields = {
      uuid: id,
      root_id: rootId,
      parent_id: parentId,
      name,
      args,
      kwargs,
      retries,
      eta: eta === null ? null : isoFromMs(eta),
      expires: expires === null ? null : isoFromMs(expires),
      queue,
      exchange: '',
      routing_key: queue,
    }
    return membersOf(fields)
  }
}
