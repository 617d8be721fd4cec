import type { Redis } from 'ioredis'
import type { Queues } from '../queues.ts'
import type { RateStore, StartRate } from './rate-store.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { RedisMembership } from './membership.ts'

const scripts = {
  admit: new LuaScript('admit', ['limited', 'rates']),
  release: new LuaScript('release', ['push', 'limited', 'rates']),
}

/** Most messages that one call moves: bounds the time that Redis is busy with it. */
const chunk = 200

/** Most keys of a task on a queue that messages may wait for. */
export const mostKeys = 10_000

/** How long a rate that was set is kept, in milliseconds. */
const setLifeMs = 30 * 86_400_000

const unlimited: StartRate = { intervalUs: 0, burst: 1, scope: 'process' }

/** What it is made of. */
export interface RedisRatesOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  readonly queues: Pick<Queues, 'known' | 'names'>
  readonly membership: Pick<RedisMembership, 'epoch'>
}

/** Rate limits on Redis: when each task last started, and the messages that wait for their turn. Times are Redis' own. */
export class RedisRates implements RateStore {
  readonly #options: RedisRatesOptions
  #turn = 0

  constructor(options: RedisRatesOptions) {
    this.#options = options
  }

  async admit(queue: string, task: string, key: string, rate: StartRate): Promise<true | 'full' | number> {
    const { redis, keys } = this.#options
    const names = [keys.rate(task, key, this.#owner(rate)), this.#set(task, rate), keys.schedule(queue)]
    const reply = String(await scripts.admit.run(redis, names, [rate.intervalUs, rate.burst, task, key, mostKeys]))
    return reply === '' ? true : reply === 'full' ? reply : Number(reply)
  }

  async release(
    rateOf: (task: string) => StartRate | null | undefined,
    isPaused: (queue: string) => boolean,
  ): Promise<{ moved: number; nextInMs: number | null }> {
    const { redis, keys, queues } = this.#options
    const served = [...queues.known].filter((queue) => !isPaused(queue))
    const released = served.map(async (queue) => {
      const tasks = await redis.hkeys(keys.limited(queue))
      // Another is asked first each time: where there is room for few, all have their share.
      this.#turn += 1
      const from = this.#turn % Math.max(tasks.length, 1)
      const known = [...tasks.slice(from), ...tasks.slice(0, from)]
        .map((task) => ({ task, rate: rateOf(task) }))
        .filter(({ rate }) => rate !== undefined)
      return Promise.all(known.map(({ task, rate }) => this.#releaseOf(queue, task, rate ?? unlimited)))
    })
    const all = (await Promise.all(released)).flat()
    const next = all.flatMap(({ nextInMs }) => (nextInMs === null ? [] : [nextInMs]))
    return {
      moved: all.reduce((sum, { moved }) => sum + moved, 0),
      nextInMs: next.length === 0 ? null : Math.min(...next),
    }
  }

  async waiting(): Promise<ReadonlyMap<string, number>> {
    const { redis, keys, queues } = this.#options
    const sums = new Map<string, number>()
    for (const counts of await Promise.all(queues.names.map((queue) => redis.hgetall(keys.limited(queue))))) {
      for (const [task, count] of Object.entries(counts)) sums.set(task, (sums.get(task) ?? 0) + Number(count))
    }
    return sums
  }

  async setRate(task: string, intervalUs: number): Promise<void> {
    await this.#options.redis.set(this.#options.keys.rateSet(task), String(intervalUs), 'PX', setLifeMs)
  }

  async #releaseOf(queue: string, task: string, rate: StartRate): Promise<{ moved: number; nextInMs: number | null }> {
    const { redis, keys } = this.#options
    const [before = '', behind = ''] = keys.rate(task, placeholder, this.#owner(rate)).split(placeholder)
    const [moved, next] = (await scripts.release.run(
      redis,
      [keys.schedule(queue), this.#set(task, rate), keys.revoked()],
      [task, rate.intervalUs, rate.burst, before, behind, chunk, rate.scope === 'process' ? 1 : 0],
    )) as [number, Buffer]
    return { moved, nextInMs: next.length === 0 ? null : Number(String(next)) }
  }

  #owner({ scope }: StartRate): string {
    return scope === 'process' ? this.#options.membership.epoch : ''
  }

  #set(task: string, { scope }: StartRate): string {
    return scope === 'global' ? this.#options.keys.rateSet(task) : ''
  }
}

/** In no name of a task, which has no blanks. */
const placeholder = ' key '
