import { BriefLane, patienceMs, type LaneEvents } from './brief-lane.ts'
import type { PoolThread } from './pool-thread.ts'

/** The lanes of a pool, one for each thread that has taken short jobs: which of them gets the next, and which gets none. */
export class BriefLanes {
  readonly #lanes = new Map<PoolThread, BriefLane>()
  readonly #eventsOf: (lane: () => BriefLane) => LaneEvents

  constructor(eventsOf: (lane: () => BriefLane) => LaneEvents) {
    this.#eventsOf = eventsOf
  }

  [Symbol.iterator](): IterableIterator<BriefLane> {
    return this.#lanes.values()
  }

  /** Whether all threads are through with everything that went there. */
  get areEmpty(): boolean {
    for (const { isEmpty } of this) if (!isEmpty) return false
    return true
  }

  /** Gives each thread that takes short jobs its lane. */
  open(threads: Iterable<PoolThread>): void {
    for (const thread of threads) {
      if (!thread.takesBatch || this.#lanes.has(thread)) continue
      const lane: BriefLane = new BriefLane(
        thread,
        this.#eventsOf(() => lane),
      )
      this.#lanes.set(thread, lane)
    }
  }

  close({ thread }: BriefLane): void {
    this.#lanes.delete(thread)
  }

  /** Closes those whose threads ended without a job. */
  closeGone(): void {
    for (const lane of this) if (lane.thread.gone && lane.size === 0) this.close(lane)
  }

  /** The lane with the least to do that has room; null: there is none. */
  leastLoaded(costMs: number): BriefLane | null {
    let least: BriefLane | null = null
    for (const lane of this) {
      if (lane.hasRoom(costMs) && (least === null || lane.loadMs < least.loadMs)) least = lane
    }
    return least
  }

  /** Keeps so many threads from new jobs: those that will soon have nothing to do. */
  keep(count: number): void {
    const lanes = [...this].filter(({ thread }) => thread.takesBatch)
    if (count === 0 && !lanes.some(({ kept }) => kept)) return
    const order = lanes.toSorted((a, b) => rank(a) - rank(b) || a.loadMs - b.loadMs)
    for (const [index, lane] of order.entries()) lane.kept = index < count
  }
}

/** Which are kept first: those that are kept already, and last those where one job runs for longer than it should. */
function rank({ stillMs, kept }: BriefLane): number {
  return stillMs >= patienceMs ? 2 : kept ? 0 : 1
}
