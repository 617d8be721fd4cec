import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { LuaScript } from './lua-scripts.ts'

/** One attempt to raise a mobile's flag. */
export interface Flag {
  readonly mobile: string
  /** Its value, by which it is told from another of the same mobile. */
  readonly token: string
}

/** Keeps two messages to one mobile apart in time, by the flag `send_flag_<mobile>` in Redis. */
export class SendFlags {
  readonly #redis: Redis
  readonly #seconds: number | null
  readonly #lowerFlag = new LuaScript('lower-flag.lua')

  /** @param seconds least time between two messages to a mobile; null: no limit */
  constructor(redis: Redis, seconds: number | null) {
    this.#redis = redis
    this.#seconds = seconds
  }

  /** A flag that has not been raised yet. */
  flagFor(mobile: string): Flag {
    return { mobile, token: randomUUID() }
  }

  /** Raises a flag. @returns 0 when the mobile had none, else how many seconds that one stays up, at least 1 */
  async raise({ mobile, token }: Flag): Promise<number> {
    if (this.#seconds === null) return 0
    const raised = await this.#redis.set(keyOf(mobile), token, 'EX', this.#seconds, 'NX')
    if (raised !== null) return 0
    // It may have come down just now; -2 says so.
    return Math.max(1, Math.ceil((await this.#redis.pttl(keyOf(mobile))) / 1000))
  }

  /** Takes a flag down, because nothing was sent after all. Another one of the same mobile stays. */
  async lower({ mobile, token }: Flag): Promise<void> {
    if (this.#seconds !== null) await this.#lowerFlag.run(this.#redis, keyOf(mobile), [token])
  }
}

function keyOf(mobile: string): string {
  return `send_flag_${mobile}`
}
