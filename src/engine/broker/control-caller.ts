import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import {
  controlExchange,
  readControlReply,
  replyExchange,
  writeControlRequest,
  type ControlReply,
} from '../control-message.ts'
import type { BrokerKeys } from './keys.ts'

/** The longest single wait at the server, in seconds: a connection that is silent for longer counts as dead. */
const longestWaitSeconds = 1

/** What is asked, and of whom. */
export interface ControlCall {
  readonly method: string
  readonly arguments?: Readonly<Record<string, unknown>>
  /** Names of the nodes that are meant; null: all. */
  readonly destination: readonly string[] | null
  /** How long to wait for replies at most, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * Asks the nodes on a broker something, Lovage's and Celery's, and gathers what they reply.
 *
 * 1. A list for the replies is bound, and the request published; Redis says how many nodes have got it.
 * 2. Replies are taken from the list until each of those has sent one, or the time is over.
 * 3. The list and its binding are removed.
 */
export class ControlCaller {
  readonly #redis: Redis
  readonly #keys: BrokerKeys

  /** @param options.redis a connection of its own, whose commands may wait at the server */
  constructor({ redis, keys }: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = redis
    this.#keys = keys
  }

  /**
   * @returns what each node replied, in the order in which it came
   * @throws what ioredis throws where the broker does not answer
   */
  async ask(call: ControlCall): Promise<Map<string, unknown>> {
    const deadline = performance.now() + call.timeoutMs
    const replyTo = randomUUID()
    const ticket = randomUUID()
    const list = this.#keys.list(`${replyTo}.${replyExchange}`)
    const binding = this.#keys.binding(replyExchange)
    const bound = this.#keys.boundQueue(replyTo, `${replyTo}.${replyExchange}`)
    await this.#redis.sadd(binding, bound)
    try {
      const receivers = await this.#publish(call, replyTo, ticket)
      // Of those that are not meant nothing comes.
      const expected = Math.min(receivers, call.destination?.length ?? receivers)
      const replies = new Map<string, unknown>()
      while (replies.size < expected) {
        const reply = await this.#next(list, deadline)
        if (reply === null) break
        if (reply.ticket === ticket) replies.set(reply.node, reply.reply)
      }
      return replies
    } finally {
      await this.#redis.multi().del(list).srem(binding, bound).exec()
    }
  }

  /**
   * Tells the nodes something that they don't reply to.
   *
   * @returns how many nodes are on the broker; of one that is named it is not known whether it is among them
   * @throws what ioredis throws where the broker does not answer
   */
  tell(call: ControlCall): Promise<number> {
    return this.#publish(call, null, '')
  }

  /** @returns how many got it */
  #publish(call: ControlCall, replyTo: string | null, ticket: string): Promise<number> {
    const { method, arguments: given = {}, destination, timeoutMs } = call
    const expiresAt = Date.now() + timeoutMs
    const request = { method, arguments: given, destination, pattern: null, ticket, replyTo, clock: 1, expiresAt }
    const channel = this.#keys.fanoutChannel(controlExchange, this.#redis.options.db ?? 0)
    return this.#redis.publish(channel, writeControlRequest(request))
  }

  /** @returns null when the time is over */
  async #next(list: string, deadline: number): Promise<ControlReply | null> {
    for (;;) {
      const leftSeconds = (deadline - performance.now()) / 1000
      // 0 would wait for ever.
      if (leftSeconds < 0.001) return null
      const found = await this.#redis.brpopBuffer(list, Math.min(leftSeconds, longestWaitSeconds))
      if (found === null) continue
      try {
        return readControlReply(found[1])
      } catch {
        // What is no reply of a node's counts as none.
      }
    }
  }
}
