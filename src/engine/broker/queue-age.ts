import type { Redis } from 'ioredis'
import { QueueFullError, secondsFor } from '../errors.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'

const script = new LuaScript('queue-age', ['clock', 'oldest'])

/** How long a figure is good for, in milliseconds: the oldest message may be a large one, and is looked through. */
const figureLifeMs = 500

/** What it is made of. */
export interface QueueAgeOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  /** The age from which a queue takes no more, in milliseconds. */
  readonly maxMs: number
}

interface Figures {
  readonly ageMs: number
  readonly length: number
}

/** Looks at the age of queues' oldest messages, at most every half second. */
export class QueueAge {
  readonly #options: QueueAgeOptions
  readonly #figures = new Map<string, { at: number; figures: Promise<Figures> }>()

  constructor(options: QueueAgeOptions) {
    this.#options = options
  }

  /**
   * @param perSecond how many messages are worked off: it tells when to come back
   * @throws QueueFullError; what ioredis throws
   */
  async check(queue: string, perSecond: number): Promise<void> {
    const { maxMs } = this.#options
    const { ageMs, length } = await this.#look(queue)
    if (ageMs <= maxMs) return
    throw new QueueFullError(
      `queue ${queue}: expected its oldest message to be at most ${maxMs} ms old, came ${Math.round(ageMs)} ms`,
      // When so many are gone that those left are worked off within the limit.
      secondsFor(length - (perSecond * maxMs) / 1000, perSecond),
    )
  }

  #look(queue: string): Promise<Figures> {
    const known = this.#figures.get(queue)
    if (known !== undefined && performance.now() - known.at < figureLifeMs) return known.figures
    const { redis, keys } = this.#options
    const figures = script.run(redis, keys.lists(queue), []).then((reply): Figures => {
      const [age, length] = reply as [Buffer, number]
      return { ageMs: Number(String(age)), length }
    })
    figures.catch(() => this.#figures.delete(queue))
    this.#figures.set(queue, { at: performance.now(), figures })
    return figures
  }
}
