import type { Redis } from 'ioredis'

/** Keeps two messages to one mobile apart in time, by the flag `send_flag_<mobile>` in Redis. */
export class SendFlags {
  readonly #redis: Redis
  readonly #seconds: number | null

  /** @param seconds least time between two messages to a mobile; null: no limit */
  constructor(redis: Redis, seconds: number | null) {
    this.#redis = redis
    this.#seconds = seconds
  }

  /** Raises the mobile's flag. @returns 0 when it was down, else how many seconds it stays up, at least 1 */
  async raise(mobile: string): Promise<number> {
    if (this.#seconds === null) return 0
    const raised = await this.#redis.set(keyOf(mobile), '1', 'EX', this.#seconds, 'NX')
    if (raised !== null) return 0
    // It may have come down just now; -2 says so.
    return Math.max(1, Math.ceil((await this.#redis.pttl(keyOf(mobile))) / 1000))
  }

  /** Takes the mobile's flag down, because nothing was sent after all. */
  async lower(mobile: string): Promise<void> {
    if (this.#seconds !== null) await this.#redis.del(keyOf(mobile))
  }
}

function keyOf(mobile: string): string {
  return `send_flag_${mobile}`
}
