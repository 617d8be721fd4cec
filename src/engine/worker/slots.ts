/** The pools that a task can name. */
export type Lane = 'threads' | 'async' | 'solo'

/**
 * Room for running tasks, per pool.
 *
 * A slot is taken before a message is claimed, but which pool a message is for is only known afterwards. With one pool that
 * makes no difference. With two, a message whose pool is full waits here for its turn; no more are claimed while as many wait
 * for a pool as run in it.
 */
export class Slots {
  readonly #lanes: ReadonlyMap<
    Lane,
    { readonly size: number; running: number; readonly waiting: ((got: boolean) => void)[] }
  >
  #closed = false

  constructor(sizes: ReadonlyMap<Lane, number>) {
    this.#lanes = new Map([...sizes].map(([lane, size]) => [lane, { size, running: 0, waiting: [] }]))
  }

  /** How many tasks run at once in all pools together. */
  get size(): number {
    return [...this.#lanes.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** How many messages may be claimed now, when so many of those claimed have not ended. */
  room(claimed: number): number {
    const limits = [...this.#lanes.values()].map(({ size, running, waiting }) => 2 * size - running - waiting.length)
    return Math.max(Math.min(this.size - claimed, ...limits), 0)
  }

  /** Waits for a slot. `false`: there will be none any more. */
  async take(lane: Lane): Promise<boolean> {
    const state = this.#lanes.get(lane)
    if (state === undefined || this.#closed) return false
    if (state.running < state.size) {
      state.running += 1
      return true
    }
    return new Promise((resolve) => state.waiting.push(resolve))
  }

  /** Gives a slot back, or on to the next who waits for it. */
  release(lane: Lane): void {
    const state = this.#lanes.get(lane)
    if (state === undefined) return
    const next = state.waiting.shift()
    if (next === undefined) state.running -= 1
    else next(true)
  }

  /** Nobody gets a slot any more. */
  close(): void {
    this.#closed = true
    for (const { waiting } of this.#lanes.values()) for (const refuse of waiting.splice(0)) refuse(false)
  }
}
