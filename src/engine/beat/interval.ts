import { EngineError } from '../errors.ts'
import { show } from '../task-options.ts'
import type { DueTicks, Schedule } from './schedule.ts'

/** Bounds of an interval, in seconds: more often is no work for a queue, and ten years are enough. */
const [least, most] = [0.1, 315_360_000]

/** Every so many seconds, counted from the first start on: a tick that is late does not move those after it. */
export class Interval implements Schedule {
  readonly identity: string
  readonly text: string
  readonly #ms: number

  /** @throws EngineError OPTION_INVALID */
  constructor(seconds: unknown) {
    if (typeof seconds !== 'number' || !(seconds >= least && seconds <= most)) {
      const expected = `seconds, from ${least} to ${most}`
      throw new EngineError('OPTION_INVALID', `every: expected ${expected}, came ${show(seconds)}`)
    }
    this.#ms = Math.round(seconds * 1000)
    this.identity = `every ${this.#ms}`
    this.text = `every ${this.#ms / 1000} s`
  }

  next(last: number): number {
    return last + this.#ms
  }

  due(last: number, now: number, most: number): DueTicks {
    const count = Math.max(Math.floor((now - last) / this.#ms), 0)
    const shown = Math.min(count, most)
    const newest = Array.from({ length: shown }, (_value, index) => last + (count - shown + 1 + index) * this.#ms)
    return { newest, count }
  }
}
