import { EngineError } from '../errors.ts'
import type { Pool } from '../pool/pool.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Slots } from './slots.ts'

/** Most tasks at once that a pool is grown to: as many as `-c` may say. */
export const mostAtOnce = 10_000

/** What the size of a pool depends on. */
export interface PoolSizeOptions {
  readonly pool: Pool
  readonly slots: Pick<Slots, 'resize'>
  readonly dispatcher: Pick<Dispatcher, 'slotFreed'>
}

/** How many tasks run at once in a pool: the pool and the slots for it have one size, and with more of them more is claimed. */
export class PoolSize {
  readonly #options: PoolSizeOptions

  constructor(options: PoolSizeOptions) {
    this.#options = options
  }

  get concurrency(): number {
    return this.#options.pool.concurrency
  }

  /**
   * What runs goes on.
   *
   * @throws EngineError OPTION_INVALID for a pool that can't
   */
  resize(concurrency: number): void {
    const { pool, slots, dispatcher } = this.#options
    if (!pool.resize(concurrency)) {
      throw new EngineError('OPTION_INVALID', `the ${pool.kind} pool runs one task at a time`)
    }
    slots.resize(pool.kind, concurrency)
    dispatcher.slotFreed()
  }
}
