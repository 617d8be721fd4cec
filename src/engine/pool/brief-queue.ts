import type { Brief } from './brief-lane.ts'

/**
 * Short jobs that have no place on a thread.
 *
 * 1. gather: those that come in one turn of the event loop.
 * 2. admit: they wait from now on, in their order. Those that were taken back from a thread come first (`putFirst`).
 * 3. leave: the first ones have got their places. Or they are taken out: one by its key, those that are late, or all.
 */
export class BriefQueue {
  #gathered: Brief[] = []
  #waiting: Brief[] = []

  /** How many wait for a place. */
  get length(): number {
    return this.#waiting.length
  }

  /** Since when the first one waits: `performance.now()` milliseconds; Infinity where none does. */
  get oldest(): number {
    return this.#waiting[0]?.since ?? Infinity
  }

  /** Those that wait. */
  [Symbol.iterator](): IterableIterator<Brief> {
    return this.#waiting.values()
  }

  /** Whether it is the first of this turn. */
  gather(brief: Brief): boolean {
    return this.#gathered.push(brief) === 1
  }

  /** Whether there were any. */
  admit(): boolean {
    if (this.#gathered.length === 0) return false
    const since = performance.now()
    for (const brief of this.#gathered) {
      brief.since = since
      this.#waiting.push(brief)
    }
    this.#gathered = []
    return true
  }

  putFirst(briefs: readonly Brief[]): void {
    this.#waiting.unshift(...briefs)
  }

  leave(count: number): void {
    this.#waiting.splice(0, count)
  }

  takeOut(key: number): Brief[] {
    return [this.#gathered, this.#waiting].flatMap((queue) => {
      const at = queue.findIndex(({ job }) => job.key === key)
      return at < 0 ? [] : queue.splice(at, 1)
    })
  }

  /** Those that wait since then, or longer. @param since `performance.now()` milliseconds */
  takeLate(since: number): Brief[] {
    const late = this.#waiting.filter((brief) => brief.since <= since)
    if (late.length > 0) this.#waiting = this.#waiting.filter((brief) => brief.since > since)
    return late
  }

  takeAll(): Brief[] {
    const all = [...this.#waiting, ...this.#gathered]
    this.#waiting = []
    this.#gathered = []
    return all
  }
}
