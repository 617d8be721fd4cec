import type { Redis } from 'ioredis'
import type { RevocationStore } from './broker.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'

const dayMs = 86_400_000

/** Most ids that one call notes: bounds the time that Redis is busy with it. */
const chunk = 1_000

const script = new LuaScript('revoke', ['clock'])

/** What it is made of. */
export interface RedisRevocationsOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  /** Bounds: how many ids are kept, and how long. Celery keeps 50,000 for 3 h, in memory (REVOKES_MAX, REVOKE_EXPIRES). */
  readonly limits: { readonly max: number; readonly days: number }
  /** Told how many had to go for the bound by number. */
  readonly onDropped: (count: number) => void
}

/** Revoked tasks on Redis, so that they survive restarts and reach every process. */
export class RedisRevocations implements RevocationStore {
  readonly #options: RedisRevocationsOptions

  constructor(options: RedisRevocationsOptions) {
    this.#options = options
  }

  async revoke(taskIds: readonly string[], terminate: boolean): Promise<void> {
    const { redis, keys, limits, onDropped } = this.#options
    const names = [keys.revoked(), keys.terminated(), keys.revocations()]
    for (let first = 0; first < taskIds.length; first += chunk) {
      const args = [terminate ? 1 : 0, limits.max, limits.days * dayMs, ...taskIds.slice(first, first + chunk)]
      const dropped = Number(await script.run(redis, names, args))
      if (dropped > 0) onDropped(dropped)
    }
  }

  async since(time: number): Promise<{ revoked: string[]; terminated: string[]; newest: number }> {
    const { redis, keys } = this.#options
    const [revoked, terminated] = await Promise.all([
      redis.zrangebyscore(keys.revoked(), time, '+inf', 'WITHSCORES'),
      redis.zrangebyscore(keys.terminated(), time, '+inf'),
    ])
    return {
      revoked: revoked.filter((_value, index) => index % 2 === 0),
      terminated,
      newest: Number(revoked.at(-1) ?? time),
    }
  }
}
