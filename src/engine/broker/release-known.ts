import type { Redis } from 'ioredis'
import { walkAside } from './aside-entries.ts'
import type { BrokerKeys } from './keys.ts'
import type { MoveBack } from './move-back.ts'

/** How often everything is looked at again, in milliseconds: the server's clock may have been set back. */
const wholeMs = 3_600_000

/**
 * Puts parked messages back whose task name is known here: parked by a process that did not know it, or before this one
 * was given the task file.
 *
 * 1. The first time, and once an hour, every parked message of a queue is looked at.
 * 2. Otherwise those that have been parked since: what was not known then is not known now.
 */
export class ReleaseKnown {
  readonly #redis: Redis
  readonly #keys: BrokerKeys
  readonly #moveBack: MoveBack
  /** The names that were asked for, since when, and up to which time each queue's messages were looked at for them. */
  #looked: { names: ReadonlySet<string>; since: number; until: Map<string, number> } | null = null

  constructor(parts: { readonly redis: Redis; readonly keys: BrokerKeys; readonly moveBack: MoveBack }) {
    this.#redis = parts.redis
    this.#keys = parts.keys
    this.#moveBack = parts.moveBack
  }

  /** @returns how many messages went back to their lists */
  async release(names: ReadonlySet<string>, queues: readonly string[]): Promise<number> {
    if (this.#looked?.names !== names || performance.now() - this.#looked.since > wholeMs) {
      this.#looked = { names, since: performance.now(), until: new Map() }
    }
    const { until } = this.#looked
    let count = 0
    for (const queue of queues) {
      const set = { name: this.#keys.aside('unknown', queue), kind: 'unknown', queue } as const
      if ((await this.#redis.zcard(set.name)) === 0) continue
      let newest = until.get(queue) ?? 0
      for await (const entries of walkAside(this.#redis, set, { order: 'oldest first', from: newest })) {
        const known = entries.filter(({ taskName }) => taskName !== null && names.has(taskName))
        count += await this.#moveBack.all(known, null)
        newest = Math.max(newest, entries.at(-1)?.time ?? 0)
      }
      until.set(queue, newest)
    }
    return count
  }
}
