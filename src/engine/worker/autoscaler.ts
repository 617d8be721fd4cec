import type { Broker } from '../broker/broker.ts'
import { EngineError, messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Pool } from '../pool/pool.ts'
import { remember, wantedSize, type AutoscaleBounds, type Demand } from './autoscale-policy.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { PausedQueues } from './paused-queues.ts'
import { mostAtOnce, type PoolSize } from './pool-size.ts'
import type { Reach } from './reach.ts'
import type { Slots } from './slots.ts'

/** How often the load is looked at, in milliseconds. Only where no slot is free the broker is asked. */
const lookMs = 100

/** How a pool scales. */
export interface AutoscaleOptions extends AutoscaleBounds {
  /** How long more must not have been needed before the pool shrinks, in milliseconds. */
  readonly keepAliveMs: number
}

/** What an autoscaler works with. */
export interface AutoscalerOptions {
  readonly scale: AutoscaleOptions
  readonly pool: Pick<Pool, 'kind'>
  readonly size: Pick<PoolSize, 'concurrency' | 'resize'>
  readonly slots: Pick<Slots, 'load' | 'room'>
  readonly reach: Pick<Reach, 'slots'>
  readonly broker: Pick<Broker, 'backlog'>
  /** The queues of which nothing is taken now, so that what waits there needs no slots. */
  readonly paused: Pick<PausedQueues, 'has'>
  readonly dispatcher: Pick<Dispatcher, 'running'>
  readonly logger: Logger
}

/** What it tells of itself, under Celery's names (celery.worker.autoscale.Autoscaler.info). */
export interface AutoscalerInfo extends AutoscaleBounds {
  readonly current: number
  readonly qty: number
}

/**
 * Fits the size of a pool to its load.
 *
 * 1. start: ten times a second it looks how many slots are taken; where none is free, also how much waits on the queues.
 * 2. More is needed than there is: the pool grows at once, to what is needed, up to the most.
 * 3. Less was needed for a while: it shrinks to the most that was needed meanwhile, down to the least. What runs goes on.
 * 4. update: remote control may set other bounds; they hold at once.
 */
export class Autoscaler {
  readonly #options: AutoscalerOptions
  #bounds: AutoscaleBounds
  #demand: Demand[] = []
  #timer: NodeJS.Timeout | null = null
  #looking = false

  /** @throws EngineError OPTION_INVALID for bounds that can't be, and for a pool that has one size */
  constructor(options: AutoscalerOptions) {
    this.#options = options
    const { max, min } = options.scale
    if (options.pool.kind === 'solo')
      throw new EngineError('OPTION_INVALID', 'autoscale: the solo pool runs one task at a time')
    this.#bounds = checkBounds(max, min)
  }

  get info(): AutoscalerInfo {
    const { size, dispatcher } = this.#options
    return { ...this.#bounds, current: size.concurrency, qty: dispatcher.running }
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), lookMs).unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /**
   * Sets other bounds; one that is null stays as it is.
   *
   * @throws EngineError OPTION_INVALID
   */
  update(max: number | null, min: number | null): AutoscaleBounds {
    this.#bounds = checkBounds(max ?? this.#bounds.max, min ?? this.#bounds.min)
    this.#fit()
    return this.#bounds
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const { scale, pool, slots } = this.#options
    const full = slots.room(0) < 1
    // Sums of parts of slots are not exact: what is a hair more than so many is no slot more.
    const needed = Math.ceil(slots.load(pool.kind) + (full ? await this.#backlog() : 0) - 1e-6)
    this.#looking = false
    if (this.#timer === null) return
    // What is beyond the most is not remembered: else it would count at once where the most is raised.
    const bounded = Math.min(needed, this.#bounds.max)
    this.#demand = remember(this.#demand, { at: performance.now(), needed: bounded }, scale.keepAliveMs)
    this.#fit()
  }

  /** How many slots the tasks would take that wait on the queues. */
  async #backlog(): Promise<number> {
    const { broker, paused, reach } = this.#options
    try {
      const waiting = [...(await broker.backlog())].filter(([queue]) => !paused.has(queue))
      const slots = waiting.map(([queue, count]) => reach.slots(queue, count))
      return slots.reduce((sum, each) => sum + each, 0)
    } catch (error) {
      // The broker is away, which others tell: nothing can be taken from it, and so nothing more is needed.
      this.#options.logger.debug({ error: messageOf(error) }, 'autoscale: the broker does not tell what waits')
      return 0
    }
  }

  #fit(): void {
    const { size, logger } = this.#options
    const { concurrency } = size
    const wanted = wantedSize(this.#demand, this.#bounds)
    if (wanted === concurrency) return
    size.resize(wanted)
    logger.info(
      { from: concurrency, to: wanted },
      `the pool ${wanted > concurrency ? 'grows' : 'shrinks'} with its load`,
    )
  }
}

/** @throws EngineError OPTION_INVALID */
function checkBounds(max: number, min: number): AutoscaleBounds {
  for (const [name, value] of Object.entries({ max, min })) {
    if (Number.isInteger(value) && value >= 1 && value <= mostAtOnce) continue
    throw new EngineError(
      'OPTION_INVALID',
      `autoscale: ${name}: expected a whole number from 1 to ${mostAtOnce}, came ${value}`,
    )
  }
  if (max < min)
    throw new EngineError('OPTION_INVALID', `autoscale: expected max to be at least min, came max=${max} min=${min}`)
  return { max, min }
}
