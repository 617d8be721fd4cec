/** How many tasks a pool runs at once at most and at least; 1 or more, the least no more than the most. */
export interface AutoscaleBounds {
  readonly max: number
  readonly min: number
}

/** How many tasks could have run at once at a time. */
export interface Demand {
  /** Milliseconds of any clock that only goes forward. */
  readonly at: number
  readonly needed: number
}

/**
 * Adds what is needed now to what was needed before. Only what may still be the greatest within the time is kept: the figures fall
 * from one to the next, so there are never more of them than the greatest of them says.
 *
 * @param keepMs how long it counts
 */
export function remember(before: readonly Demand[], now: Demand, keepMs: number): Demand[] {
  const kept = before.filter(({ at, needed }) => needed > now.needed && now.at - at < keepMs)
  return [...kept, now]
}

/** How many tasks the pool is to run at once: as many as were needed lately. So it grows at once, and shrinks after a quiet time. */
export function wantedSize([greatest]: readonly Demand[], { max, min }: AutoscaleBounds): number {
  return Math.min(Math.max(Math.ceil(greatest?.needed ?? 0), min), max)
}
