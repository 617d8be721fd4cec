import type { Redis } from 'ioredis'
import type { Schedule } from './broker.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { RedisClock } from './redis-clock.ts'

const script = new LuaScript('promote', ['clock', 'push'])

/** Most messages that one call moves per queue: bounds the time that Redis is busy with it. */
const chunk = 200

/** Scheduled messages on Redis: a sorted set by due time for each queue. */
export class RedisSchedule implements Schedule {
  readonly #redis: Redis
  readonly #names: readonly string[]
  readonly #clock: RedisClock

  /** @param queues those whose messages this process promotes */
  constructor(parts: { redis: Redis; keys: BrokerKeys; queues: readonly string[]; clock: RedisClock }) {
    const { redis, keys, queues, clock } = parts
    this.#redis = redis
    this.#names = [keys.revocations(), ...queues.map((queue) => keys.schedule(queue))]
    this.#clock = clock
  }

  async promote(): Promise<{ moved: number; nextInMs: number | null; revocations: number }> {
    const reply = (await script.run(this.#redis, this.#names, [chunk])) as [Buffer, Buffer, number, Buffer]
    const [now, revocations, moved, next] = reply
    this.#clock.observe(Number(String(now)))
    return {
      moved,
      nextInMs: next.length === 0 ? null : Math.max(Number(String(next)) - Number(String(now)), 0),
      revocations: Number(String(revocations)),
    }
  }
}
