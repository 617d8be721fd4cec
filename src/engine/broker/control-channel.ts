import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { controlExchange, replyExchange } from '../control-message.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { ControlChannel } from './broker.ts'
import type { BrokerKeys } from './keys.ts'

/** The wait after a connection could not be made, in milliseconds. */
const retryMs = 1_000

/** How long a reply is kept for who asked, in seconds: kombu waits for 1 by default, and some for longer. */
const replyTtlSeconds = 60

/** What the channel is made of. */
export interface ControlChannelOptions {
  readonly redis: Redis
  /** Opens a connection for the subscription. It renews its subscriptions itself, and is closed by whoever opened it. */
  readonly openSubscriber: () => Promise<Redis>
  readonly keys: BrokerKeys
  readonly logger: Logger
}

/**
 * Remote control on Redis, as kombu does it: a fanout exchange is a PUB/SUB channel, a reply is an element of the list of
 * whoever asked.
 *
 * 1. listen: tells kombu of this node, then connects and subscribes, again and again until it has.
 * 2. reply: to the list, if whoever asked still has it bound.
 * 3. close: ends the subscription and takes the node back.
 */
export class RedisControlChannel implements ControlChannel {
  readonly #options: ControlChannelOptions
  readonly #channel: string
  readonly #ending = new AbortController()
  #subscriber: Redis | null = null
  #node = ''

  constructor(options: ControlChannelOptions) {
    this.#options = options
    this.#channel = options.keys.fanoutChannel(controlExchange, options.redis.options.db ?? 0)
  }

  async listen(node: string, onRequest: (raw: Uint8Array) => void): Promise<void> {
    const { redis, keys, logger } = this.#options
    this.#node = node
    let told = ''
    while (!this.#ending.signal.aborted) {
      try {
        await redis.sadd(keys.binding(controlExchange), keys.boundQueue('', `${node}.${controlExchange}`))
        await this.#subscribe(onRequest)
        return
      } catch (error) {
        const reason = messageOf(error)
        if (reason !== told) logger.warn({ error: reason }, 'remote control can not be listened to; trying again')
        told = reason
        await delay(retryMs, null, { signal: this.#ending.signal, ref: false }).catch(() => undefined)
      }
    }
  }

  async reply(replyTo: string, text: string): Promise<void> {
    const { redis, keys } = this.#options
    const queue = `${replyTo}.${replyExchange}`
    if ((await redis.sismember(keys.binding(replyExchange), keys.boundQueue(replyTo, queue))) === 0) return
    await redis.multi().lpush(keys.list(queue), text).expire(keys.list(queue), replyTtlSeconds).exec()
  }

  async close(): Promise<void> {
    const { redis, keys } = this.#options
    this.#ending.abort()
    // Where the broker is away: a subscription ends with its connection, and a name that nobody answers to harms nobody.
    await Promise.allSettled([
      this.#subscriber?.unsubscribe(this.#channel),
      redis.srem(keys.binding(controlExchange), keys.boundQueue('', `${this.#node}.${controlExchange}`)),
    ])
  }

  async #subscribe(onRequest: (raw: Uint8Array) => void): Promise<void> {
    if (this.#subscriber === null) {
      this.#subscriber = await this.#options.openSubscriber()
      this.#subscriber.on('messageBuffer', (_channel, raw: Buffer) => onRequest(raw))
    }
    await this.#subscriber.subscribe(this.#channel)
  }
}
