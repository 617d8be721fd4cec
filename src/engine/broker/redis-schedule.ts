import type { Redis } from 'ioredis'
import type { Queues } from '../queues.ts'
import type { Promoted, Schedule, ScheduledMessage } from './broker.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { RedisClock } from './redis-clock.ts'

const script = new LuaScript('promote', ['clock', 'push'])

/** Most messages that one call moves per queue: bounds the time that Redis is busy with it. */
const chunk = 200

/** A larger message is not shown among what is due, in bytes: it would take the place of many. */
const largestShown = 524_288

/** What it is made of. */
export interface RedisScheduleOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  /** Those whose messages this process promotes, and those that it shows. */
  readonly queues: Pick<Queues, 'known' | 'names'>
  readonly clock: RedisClock
}

/** Scheduled messages on Redis: a sorted set by due time for each queue. */
export class RedisSchedule implements Schedule {
  readonly #options: RedisScheduleOptions

  constructor(options: RedisScheduleOptions) {
    this.#options = options
  }

  async promote(): Promise<Promoted> {
    const { redis, keys, queues, clock } = this.#options
    const names = [keys.revocations(), keys.paused()]
    for (const queue of queues.known) names.push(keys.schedule(queue))
    const reply = (await script.run(redis, names, [chunk])) as [Buffer, Buffer, number, Buffer, number, ...Buffer[]]
    const [now, revocations, moved, next, limited, ...paused] = reply
    clock.observe(Number(String(now)))
    return {
      moved,
      nextInMs: next.length === 0 ? null : Math.max(Number(String(next)) - Number(String(now)), 0),
      revocations: Number(String(revocations)),
      limited: limited === 1,
      paused: paused.map(String),
    }
  }

  async upcoming(most: number, bytes: number): Promise<ScheduledMessage[]> {
    const perQueue = await Promise.all(this.#options.queues.names.map((queue) => this.#upcomingOf(queue, most, bytes)))
    const messages: ScheduledMessage[] = []
    let left = bytes
    for (const message of perQueue.flat().toSorted((one, other) => one.due - other.due)) {
      left -= message.raw.length
      if (messages.length === most || left < 0) break
      messages.push(message)
    }
    return messages
  }

  /** Their lengths are asked for before they are: how large they are is up to whoever sent them. */
  async #upcomingOf(queue: string, most: number, bytes: number): Promise<ScheduledMessage[]> {
    const { redis, keys } = this.#options
    const set = keys.schedule(queue)
    const found = await redis.zrange(set, '0', String(most - 1), 'WITHSCORES')
    const entries = found.filter((_value, index) => index % 2 === 0)
    const dues = found.filter((_value, index) => index % 2 === 1).map(Number)
    const lengths = await Promise.all(entries.map((entry) => redis.hstrlen(`${set}:m`, entry)))
    const shown: { entry: string; due: number }[] = []
    let sum = 0
    for (const [index, entry] of entries.entries()) {
      const length = lengths[index] ?? 0
      if (length > largestShown) continue
      sum += length
      if (sum > bytes) break
      shown.push({ entry, due: dues[index] ?? 0 })
    }
    const stored = shown.length === 0 ? [] : await redis.hmgetBuffer(`${set}:m`, ...shown.map(({ entry }) => entry))
    return stored.flatMap((value, index): ScheduledMessage[] =>
      // Promoted meanwhile, where there is none.
      value === null ? [] : [{ queue, due: shown[index]?.due ?? 0, raw: value.subarray(value.indexOf(0) + 1) }],
    )
  }
}
