import type { Redis } from 'ioredis'
import { eventExchange } from '../event-message.ts'
import type { EventChannel } from './broker.ts'
import type { BrokerKeys } from './keys.ts'

/** Events on Redis, as kombu has them: each routing key is a PUB/SUB channel, and whoever does not listen misses what is said. */
export class RedisEventChannel implements EventChannel {
  readonly #redis: Redis
  readonly #keys: BrokerKeys
  readonly #database: number

  constructor({ redis, keys }: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = redis
    this.#keys = keys
    this.#database = redis.options.db ?? 0
  }

  async publish(routingKey: string, text: string): Promise<void> {
    await this.#redis.publish(this.#keys.topicChannel(eventExchange, this.#database, routingKey), text)
  }
}
