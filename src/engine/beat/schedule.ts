/** When an entry is due. A _tick_ is one such time, Unix milliseconds. */
export interface Schedule {
  /** Says what it is, whatever the words were: of two schedules that say the same every tick is the same. */
  readonly identity: string
  /** For people. */
  readonly text: string
  /** The tick that comes next after the tick, or the start, at `last`. */
  next(last: number): number
  /** The ticks after `last` that are due at `now`. */
  due(last: number, now: number, most: number): DueTicks
}

/** Ticks that are due. */
export interface DueTicks {
  /** The newest of them, ascending: as many as were asked for. */
  readonly newest: readonly number[]
  /** How many there are in all; or were counted, where there are more. */
  readonly count: number
}
