import type { Outcome } from '../outcome.ts'
import { maxBatch, packBatch } from './batch.ts'
import { cellCount, cellState } from './batch-cells.ts'
import type { JobWatch } from './job-watch.ts'
import type { PoolThread } from './pool-thread.ts'
import type { Job } from './pool.ts'

/** A job that is expected to be short, on its way. */
export interface Brief {
  readonly job: Job
  readonly resolve: (outcome: Outcome) => void
  /** How much of a thread's time it is expected to take, in milliseconds. */
  readonly costMs: number
  /** Since when it waits for its start: `performance.now()`. */
  since: number
  /** How many threads died while it waited on them. */
  deaths: number
  /** From when it has run for longer than it should. */
  watch: JobWatch | null
}

/** How much short work a thread holds at most, in milliseconds: so that it need not wait for more, and hardly anything for it. */
const maxLoadMs = 20

/** For how long the job at the front may be the same before those behind it go elsewhere, in milliseconds. */
export const patienceMs = 3

/** What it tells. */
export interface LaneEvents {
  /** The thread is through with a batch. */
  readonly onBatch: () => void
  /** The thread has ended under a batch, with this error. Told once. */
  readonly onLost: (error: unknown) => void
}

/**
 * The short jobs on one thread, in their order. The n-th one is in cell n modulo the number of cells, and the thread goes
 * through them in that order: so the first one that is not done is the one that runs.
 *
 * 1. add, send: jobs get a cell each, and go to the thread in batches.
 * 2. collect: those at the front that are done leave. A cell is used again when the thread is through with it.
 * 3. takeBack: those that have not begun leave, from the last one on; the thread passes over their cells.
 * 4. The thread has ended: those that have not begun are taken back, what is done is collected, and `abandon` gives the one
 *    that ran.
 */
export class BriefLane {
  readonly thread: PoolThread
  /** No more jobs for now: somebody waits to have the thread to himself. */
  kept = false
  readonly #events: LaneEvents
  /** By cell; null where the job was taken back. */
  readonly #briefs: (Brief | null)[] = Array.from({ length: cellCount }, () => null)
  #added: Job[] = []
  /** Numbers of the first job that has not left, and of the next one to come. */
  #head = 0
  #next = 0
  #size = 0
  #loadMs = 0
  /** Which one was at the front at the last look, whether it had begun, since when that was so, and for how long. */
  #front = -1
  #begun = false
  #frontSince = 0
  #stillMs = 0
  #lost = false

  constructor(thread: PoolThread, events: LaneEvents) {
    this.thread = thread
    this.#events = events
  }

  /** How many jobs are on it that were not taken back. */
  get size(): number {
    return this.#size
  }

  /** Whether the thread is through with everything that went there. */
  get isEmpty(): boolean {
    return this.#head === this.#next
  }

  /** How long they are expected to take, in milliseconds. */
  get loadMs(): number {
    return this.#size === 0 ? 0 : this.#loadMs
  }

  /** How long the front has been the same, and has run or has not begun, as far as was looked, in milliseconds. */
  get stillMs(): number {
    return this.#front === this.#head ? this.#stillMs : 0
  }

  hasRoom(costMs: number): boolean {
    if (this.kept || !this.thread.takesBatch || this.#next - this.#head >= cellCount) return false
    if (this.isEmpty) return true
    if (this.loadMs + costMs > maxLoadMs) return false
    return this.stillMs < patienceMs + 2 * (this.#briefs[this.#head % cellCount]?.costMs ?? 0)
  }

  add(brief: Brief): void {
    const cell = this.#next % cellCount
    this.#briefs[cell] = brief
    this.thread.cells.offer(cell)
    this.#next += 1
    // With nothing on it the sum is 0, whatever the roundings have left of it.
    this.#loadMs = this.loadMs + brief.costMs
    this.#size += 1
    this.#added.push(brief.job)
  }

  /** Sends what was added. */
  send(): void {
    while (this.#added.length > 0) {
      const first = (this.#next - this.#added.length) % cellCount
      const batch = packBatch(first, this.#added.splice(0, maxBatch))
      this.thread.runBatch(batch).then(this.#events.onBatch, (error: unknown) => {
        if (this.#lost) return
        this.#lost = true
        this.#events.onLost(error)
      })
    }
  }

  /** Gives the outcomes of those that are done, in their order. */
  collect(settled: (brief: Brief, outcome: Outcome) => void): void {
    const { cells } = this.thread
    for (; this.#head < this.#next; this.#head += 1) {
      const cell = this.#head % cellCount
      const state = cells.state(cell)
      const brief = this.#briefs[cell] ?? null
      if (brief === null) {
        if (state === cellState.free) continue
        return
      }
      const outcome =
        state === cellState.done ? cells.read(cell) : state === cellState.posted ? this.thread.receive() : null
      if (outcome === null) return
      cells.release(cell)
      this.#remove(cell, brief)
      settled(brief, outcome)
    }
  }

  /** Takes back those that have not begun, or those of them that are asked for; in their order. */
  takeBack(which: (brief: Brief) => boolean = () => true): Brief[] {
    const taken: Brief[] = []
    for (let number = this.#next - 1; number >= this.#head; number -= 1) {
      const cell = number % cellCount
      const brief = this.#briefs[cell] ?? null
      if (brief === null || !which(brief) || !this.thread.cells.takeBack(cell)) continue
      this.#remove(cell, brief)
      taken.push(brief)
    }
    return taken.toReversed()
  }

  /** The job that runs; null while the next one has not begun. */
  get running(): Brief | null {
    const cell = this.#head % cellCount
    const runs = this.#head < this.#next && this.thread.cells.state(cell) === cellState.running
    return runs ? (this.#briefs[cell] ?? null) : null
  }

  /** Looks whether the front is still the same. The thread may have to pass over cells whose jobs were taken back. */
  look(now: number): void {
    const front = this.isEmpty ? -1 : this.#head
    const begun = this.running !== null
    if (this.#front !== front || this.#begun !== begun) {
      this.#front = front
      this.#begun = begun
      this.#frontSince = now
    }
    this.#stillMs = now - this.#frontSince
  }

  /** The thread has ended: whoever has not left will not. At most one, if all others were taken back. */
  abandon(): Brief[] {
    const left = this.#briefs.filter((brief) => brief !== null)
    this.#briefs.fill(null)
    this.#size = 0
    return left
  }

  #remove(cell: number, brief: Brief): void {
    this.#briefs[cell] = null
    this.#size -= 1
    this.#loadMs -= brief.costMs
  }
}
