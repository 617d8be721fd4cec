import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import { checkQueueName } from '../queues.ts'
import type { BrokerKeys } from './keys.ts'
import { serverTime } from './server-time.ts'

/** Most queues that may be paused: every look at the schedule reads all of them. */
export const mostPaused = 1_000

/** A queue that no Lovage process takes tasks from. */
export interface PausedQueue {
  readonly name: string
  /** Since when, Unix milliseconds of the server. */
  readonly since: number
}

/**
 * Pauses queues: no Lovage process on this Redis takes tasks from a paused one, until it is resumed, whatever starts meanwhile. A worker notices within
 * a twentieth of a second; what it has taken before is run. Messages may be sent there as before, and what comes to be due waits there.
 */
export class QueuePause {
  readonly #redis: Redis
  readonly #keys: BrokerKeys

  constructor({ redis, keys }: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = redis
    this.#keys = keys
  }

  /**
   * @returns false: it was paused already
   * @throws EngineError OPTION_INVALID for a name that is no queue's, or where too many are paused
   */
  async pause(queue: string): Promise<boolean> {
    checkQueueName(queue)
    const paused = await this.list()
    if (paused.some(({ name }) => name === queue)) return false
    if (paused.length >= mostPaused) {
      throw new EngineError('OPTION_INVALID', `expected at most ${mostPaused} paused queues, came one more: ${queue}`)
    }
    return (await this.#redis.hsetnx(this.#keys.paused(), queue, await serverTime(this.#redis))) === 1
  }

  /**
   * @returns false: it was not paused
   * @throws EngineError OPTION_INVALID for a name that is no queue's
   */
  async resume(queue: string): Promise<boolean> {
    checkQueueName(queue)
    return (await this.#redis.hdel(this.#keys.paused(), queue)) === 1
  }

  /** By name. */
  async list(): Promise<PausedQueue[]> {
    const paused = Object.entries(await this.#redis.hgetall(this.#keys.paused()))
    return paused
      .map(([name, since]) => ({ name, since: Number(since) }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }
}
