import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import { checkQueueName } from '../queues.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'

const script = new LuaScript('purge-queue', ['push', 'limited'])

/** What was found on a queue. */
export interface Purged {
  /** How many messages waited on it, and are gone. */
  readonly messages: number
  /** How many were due later: they are gone where that was asked for, else still there. */
  readonly scheduled: number
}

/**
 * Removes what waits on queues, as Celery's purge does: on the lists of all priorities, and for a rate limit. What a worker has claimed stays with it, and
 * what is set aside stays there.
 */
export class QueuePurge {
  readonly #redis: Redis
  readonly #keys: BrokerKeys

  constructor({ redis, keys }: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = redis
    this.#keys = keys
  }

  /**
   * Purges one queue, in one step.
   *
   * @param options.scheduled also what is due later and was put on the schedule
   * @throws EngineError OPTION_INVALID for a name that is no queue's, before anything is removed
   */
  async purge(queue: string, options: { readonly scheduled: boolean }): Promise<Purged> {
    checkQueueName(queue)
    const names = [this.#keys.schedule(queue), ...this.#keys.lists(queue)]
    const [messages, scheduled] = (await script.run(this.#redis, names, [options.scheduled ? '1' : ''])) as [
      number,
      number,
    ]
    if (messages >= 0) return { messages, scheduled }
    throw new EngineError('OPTION_INVALID', `queue ${queue}: expected lists under its keys, came another type`)
  }
}
