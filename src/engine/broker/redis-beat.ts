import type { Redis } from 'ioredis'
import type { BeatStore, EntryState, StepOutcome, TickStep } from './beat-store.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import { putPlan } from './put-plan.ts'
import type { QueueAge } from './queue-age.ts'
import type { RedisClock } from './redis-clock.ts'

const scripts = {
  look: new LuaScript('beat-look', ['clock']),
  send: new LuaScript('beat-send', ['clock', 'push', 'limited', 'put-all']),
}

/** How long it is remembered where an entry stands that no scheduler has any more, in milliseconds. */
const stateLifeMs = 90 * 86_400_000

/** So long after their last look schedulers with an entry's schedule count as gone, in milliseconds; noted every third of it. */
const claimLifeMs = 180_000

/** What it is made of. */
export interface RedisBeatOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  readonly clock: RedisClock
  /** Most messages on a queue, scheduled ones included; null: no bound. */
  readonly maxLength: number | null
  /** Refuses when a queue's oldest message is too old; null: any age will do. */
  readonly age: QueueAge | null
  /** Told when messages are on their way to a list. */
  readonly onSending: () => void
}

/** Where periodic tasks stand, on Redis: a hash for each. */
export class RedisBeat implements BeatStore {
  readonly #options: RedisBeatOptions

  constructor(options: RedisBeatOptions) {
    this.#options = options
  }

  async look(
    entries: readonly { readonly name: string; readonly identity: string; readonly known: number | null }[],
    startedAt: number | null,
  ): Promise<{ now: number; states: EntryState[] }> {
    const { redis, keys, clock } = this.#options
    const answer = (await scripts.look.run(
      redis,
      entries.map(({ name }) => keys.beat(name)),
      [stateLifeMs, claimLifeMs, startedAt ?? '', ...entries.flatMap(({ identity, known }) => [identity, known ?? ''])],
    )) as Buffer[]
    const [now = '', ...values] = answer.map(String)
    clock.observe(Number(now))
    const states = entries.map((_entry, index): EntryState => {
      const [last = '', by = ''] = values.slice(2 * index)
      return { last: last === '' ? null : Number(last), by }
    })
    return { now: Number(now), states }
  }

  /** @throws QueueFullError for a queue whose oldest message is too old; what ioredis throws */
  async step({ name, identity, from, to, missed, messages }: TickStep, by: string): Promise<StepOutcome> {
    const { redis, keys, clock, maxLength, age, onSending } = this.#options
    for (const queue of new Set(messages.map((message) => message.queue))) await age?.check(queue, 0)
    const sent = scripts.send.run(
      redis,
      [keys.beat(name)],
      [identity, from, to, missed, stateLifeMs, by, maxLength ?? '', putPlan(messages, keys)],
    )
    if (messages.length > 0) onSending()
    const [outcome, full, length, now] = (await sent) as [Buffer, Buffer, number, Buffer]
    clock.observe(Number(String(now)))
    const word = String(outcome)
    return word === 'full' ? { full: String(full), length } : (word as 'sent' | 'other' | 'early')
  }
}
