import type { Redis } from 'ioredis'
import { DeadLetters } from './dead-letters.ts'
import type { BrokerKeys } from './keys.ts'
import { MessageSearch } from './message-search.ts'
import { QueuePause } from './queue-pause.ts'
import { QueuePurge } from './queue-purge.ts'

/** What people look at and change messages and queues with, whether a worker runs or not. */
export interface BrokerTools {
  readonly deadLetters: DeadLetters
  readonly queuePurge: QueuePurge
  readonly queuePause: QueuePause
  readonly search: MessageSearch
}

/** Makes them for one broker. */
export function brokerTools(parts: { readonly redis: Redis; readonly keys: BrokerKeys }): BrokerTools {
  return {
    deadLetters: new DeadLetters(parts),
    queuePurge: new QueuePurge(parts),
    queuePause: new QueuePause(parts),
    search: new MessageSearch(parts),
  }
}
