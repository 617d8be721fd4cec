import type { Redis } from 'ioredis'
import type { CanvasMessage, Following, NewChord } from '../canvas/following.ts'
import type { ChordStore, StoredResult } from './broker.ts'
import { chordEntries, followPlan } from './follow-plan.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'

const script = new LuaScript('follow-results', ['results', 'chords'])

const valuesPerMessage = 5

/** Chords in a result backend on Redis, in Celery's own layout. */
export class RedisChords implements ChordStore {
  readonly #redis: Redis
  readonly #keys: BrokerKeys

  /** @param parts.redis the result backend's @param parts.keys the broker's */
  constructor(parts: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = parts.redis
    this.#keys = parts.keys
  }

  async open(chords: readonly NewChord[]): Promise<void> {
    await Promise.all(chordEntries(chords).map(([key, value, life]) => this.#redis.set(key, value, 'EX', life)))
  }

  async follow(following: Following, result: StoredResult | undefined): Promise<CanvasMessage[]> {
    const answer = (await script.run(
      this.#redis,
      [result?.key ?? ''],
      [result?.json ?? '', result?.ttlSeconds ?? 0, followPlan(following, this.#keys)],
    )) as Buffer[]
    const values = answer.map(String)
    return Array.from({ length: values.length / valuesPerMessage }, (_value, index) => {
      const [queue = '', priority, taskId = '', taskName = '', text = ''] = values.slice(index * valuesPerMessage)
      return { queue, priority: Number(priority), taskId, taskName, text }
    })
  }
}
