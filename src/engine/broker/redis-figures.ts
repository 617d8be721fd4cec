import type { Redis } from 'ioredis'
import { eventExchange, readEventMessage, type ReadEvent } from '../event-message.ts'
import { asideSets } from './aside-entries.ts'
import { readBeatStates, type KeptState } from './beat-states.ts'
import type { FigureStore, NodeLease, QueueFigures } from './figure-store.ts'
import { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import { readMembers } from './members.ts'
import type { RedisClock } from './redis-clock.ts'

const script = new LuaScript('figures', ['clock', 'oldest', 'limited', 'retries'])

/** Longer messages of events are not looked at, in bytes. */
const longestEvent = 1_048_576

/** What workers tell of themselves. */
const routingKeys = ['worker.online', 'worker.heartbeat', 'worker.offline']

/** How many figures the script gives for a queue, behind the lengths of its lists. */
const figuresPerQueue = 7

/** What it is made of. */
export interface RedisFiguresOptions {
  readonly redis: Redis
  /** Opens another connection, to listen to events. */
  readonly openSubscriber: () => Promise<Redis>
  readonly keys: BrokerKeys
  readonly clock: RedisClock
}

/** Reads what there is on the broker. */
export class RedisFigures implements FigureStore {
  readonly #options: RedisFiguresOptions
  /** Opened once, and kept: whoever looks today will look tomorrow. */
  #subscriber: Promise<Redis> | null = null
  readonly #listeners = new Set<(event: ReadEvent) => void>()

  constructor(options: RedisFiguresOptions) {
    this.#options = options
  }

  now(): number {
    return this.#options.clock.now()
  }

  async asideQueues(): Promise<string[]> {
    const sets = await asideSets(this.#options.redis, this.#options.keys, {})
    return [...new Set(sets.map(({ queue }) => queue))]
  }

  async queues(names: readonly string[]): Promise<{ now: number; queues: QueueFigures[] }> {
    const { redis, keys, clock } = this.#options
    const asked = names.flatMap((queue) => [
      ...keys.lists(queue),
      keys.schedule(queue),
      keys.retries(queue),
      ...(['dead', 'unknown', 'unreadable'] as const).map((kind) => keys.aside(kind, queue)),
    ])
    const [time, ...figures] = (await script.run(redis, asked, [])) as [Buffer, ...number[]]
    const now = Number(String(time))
    clock.observe(now)
    const steps = BrokerKeys.prioritySteps.length
    const each = steps + figuresPerQueue
    return { now, queues: names.map((name, at) => figuresOf(name, figures.slice(at * each, (at + 1) * each), steps)) }
  }

  async leases(): Promise<NodeLease[]> {
    const { redis, keys } = this.#options
    const members = await readMembers(redis, keys)
    return Promise.all(
      members.map(async ({ node, epoch }) => ({
        node,
        epoch,
        alive: (await redis.exists(keys.node(node, epoch))) === 1,
      })),
    )
  }

  beats(names: readonly string[]): Promise<(KeptState | null)[]> {
    return readBeatStates(this.#options, names)
  }

  async listen(onEvent: (event: ReadEvent) => void): Promise<{ close(): void }> {
    this.#listeners.add(onEvent)
    try {
      const subscriber = await this.#subscription()
      const channels = this.#channels(subscriber)
      await subscriber.subscribe(...channels)
      return {
        close: () => {
          this.#listeners.delete(onEvent)
          // Where the broker is away the subscription has ended by itself.
          if (this.#listeners.size === 0) subscriber.unsubscribe(...channels).catch(() => undefined)
        },
      }
    } catch (error) {
      this.#listeners.delete(onEvent)
      throw error
    }
  }

  #channels({ options }: Redis): string[] {
    const { keys } = this.#options
    return routingKeys.map((routingKey) => keys.topicChannel(eventExchange, options.db ?? 0, routingKey))
  }

  /** @throws where the broker can't be reached: the next time it is tried again */
  #subscription(): Promise<Redis> {
    this.#subscriber ??= this.#open().catch((error: unknown) => {
      this.#subscriber = null
      throw error
    })
    return this.#subscriber
  }

  async #open(): Promise<Redis> {
    const subscriber = await this.#options.openSubscriber()
    return subscriber.on('messageBuffer', (_channel, raw: Buffer) => {
      for (const event of eventsOf(raw)) for (const listener of this.#listeners) listener(event)
    })
  }
}

/** Anybody who reaches the broker may write on the channels. */
function eventsOf(raw: Buffer): ReadEvent[] {
  try {
    return raw.length > longestEvent ? [] : readEventMessage(raw)
  } catch {
    return []
  }
}

function figuresOf(name: string, figures: readonly number[], steps: number): QueueFigures {
  const [oldest = -1, scheduled = 0, retrying = 0, limited = 0, dead = 0, unknown = 0, unreadable = 0] =
    figures.slice(steps)
  const oldestAge = oldest < 0 ? null : oldest
  return {
    name,
    byPriority: figures.slice(0, steps),
    oldestAge,
    scheduled,
    retrying,
    limited,
    dead,
    unknown,
    unreadable,
  }
}
