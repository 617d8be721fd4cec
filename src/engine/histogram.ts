/** Ten steps a decade, of about a quarter each (Renard's series R10, ISO 3). */
const steps = [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8]
const decades = [-1, 0, 1, 2, 3, 4, 5, 6, 7]

/** Upper bounds of the buckets, in milliseconds, each one included: 0.1 ms to 100,000 s. What is longer has one more bucket. */
export const histogramBoundsMs: readonly number[] = [
  // Products of decimal fractions are not quite what they should be: as they are written, they are.
  ...decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`))),
  1e8,
]

const bounds = Float64Array.from(histogramBoundsMs)

/** What a histogram held at some moment. */
export interface HistogramSnapshot {
  /** How many there were in each bucket alone, in the order of the bounds; one more for what is beyond the last one. */
  readonly counts: Float64Array
  /** All of them together, in milliseconds. */
  readonly sumMs: number
}

/**
 * How long things took, in buckets that are always the same: two snapshots can be subtracted, and those of several processes added. It
 * takes some ten nanoseconds to note one, and no memory.
 */
export class Histogram {
  readonly #counts = new Float64Array(bounds.length + 1)
  #sumMs = 0
  /** The bucket of the last one: the next one is most likely not far from it. */
  #last = 0

  /** @param milliseconds what is below 0 counts as 0 */
  note(milliseconds: number): void {
    const value = milliseconds > 0 ? milliseconds : 0
    let index = this.#last
    while (index < bounds.length && value > (bounds[index] as number)) index += 1
    while (index > 0 && value <= (bounds[index - 1] as number)) index -= 1
    this.#last = index
    this.#counts[index] = (this.#counts[index] as number) + 1
    this.#sumMs += value
  }

  snapshot(): HistogramSnapshot {
    return { counts: this.#counts.slice(), sumMs: this.#sumMs }
  }
}

/** What was noted from one snapshot to a later one of the same histogram; `before` null: since its beginning. */
export function noted(now: HistogramSnapshot, before: HistogramSnapshot | null): HistogramSnapshot {
  if (before === null) return now
  const counts = now.counts.map((count, index) => count - (before.counts[index] ?? 0))
  return { counts, sumMs: now.sumMs - before.sumMs }
}

/** How many there are. */
export function countIn({ counts }: HistogramSnapshot): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

/**
 * What a part of them did not exceed, in milliseconds: at most a quarter off, for it lies somewhere in its bucket. Beyond the last bound it is that
 * bound. null: there are none.
 *
 * @param part from 0 to 1; 0.5 gives the median
 */
export function quantileMs({ counts }: HistogramSnapshot, part: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = part * total
  let below = 0
  for (const [index, upper] of bounds.entries()) {
    const count = counts[index] ?? 0
    if (count > 0 && below + count >= wanted) {
      const lower = bounds[index - 1] ?? 0
      return lower + ((upper - lower) * Math.max(wanted - below, 0)) / count
    }
    below += count
  }
  return bounds.at(-1) ?? null
}
