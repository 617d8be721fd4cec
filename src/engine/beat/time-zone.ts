import { EngineError } from '../errors.ts'
import { show } from '../task-options.ts'

const dayMs = 86_400_000

/** So many days' offsets are kept. */
const maxKept = 2_000

/**
 * Times on the clocks of a place. A _wall_ is what they show, as the Unix milliseconds at which UTC shows the same.
 *
 * The rules are Node's own (ICU), by the names of the IANA's data base.
 */
export class TimeZone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat | null
  /** By the day in UTC; null: it changes within that day. */
  readonly #days = new Map<number, number | null>()

  /** @throws EngineError OPTION_INVALID for a name that is none */
  constructor(name: unknown) {
    // A difference such as +01:00, which some versions of Node take too, is no place.
    if (typeof name !== 'string' || !/^[A-Za-z][\w+/-]{0,63}$/.test(name)) refuse(name)
    this.name = name
    try {
      this.#format = name === 'UTC' ? null : new Intl.DateTimeFormat('en-US', { ...numeric, timeZone: name })
    } catch {
      refuse(name)
    }
  }

  /** How far the clocks are ahead of UTC at a time, in milliseconds. */
  offset(time: number): number {
    if (this.#format === null) return 0
    const day = Math.floor(time / dayMs)
    return this.#offsetOf(day) ?? this.#exact(time)
  }

  /** The least and the greatest offset within a day of a time: no clock is set twice in so short a time. */
  offsetsNear(time: number): readonly [least: number, greatest: number] {
    const [before, now, after] = [this.offset(time - dayMs), this.offset(time), this.offset(time + dayMs)]
    return [Math.min(before, now, after), Math.max(before, now, after)]
  }

  /**
   * When the clocks show a wall: once; twice where they are set back over it; and where they are set forward over it never: then it is as
   * much later as they are set forward.
   */
  timesOf(wall: number): readonly [first: number, second?: number] {
    const [before, after] = [this.offset(wall - dayMs), this.offset(wall + dayMs)]
    if (before === after) return [wall - before]
    const [first, second] = [wall - Math.max(before, after), wall - Math.min(before, after)]
    const isShown = (time: number): boolean => time + this.offset(time) === wall
    if (isShown(first)) return isShown(second) ? [first, second] : [first]
    return [isShown(second) ? second : wall - before]
  }

  #offsetOf(day: number): number | null {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    const [first, last] = [this.#exact(day * dayMs), this.#exact((day + 1) * dayMs)]
    const offset = first === last ? first : null
    if (this.#days.size >= maxKept) this.#days.clear()
    this.#days.set(day, offset)
    return offset
  }

  #exact(time: number): number {
    if (this.#format === null) return 0
    const second = Math.floor(time / 1000) * 1000
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, ...rest } = this.#shown(second)
    return Date.UTC(year, month - 1, day, hour, minute, rest['second']) - second
  }

  #shown(time: number): Record<string, number> {
    const parts = this.#format?.formatToParts(time) ?? []
    return Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]))
  }
}

const numeric = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const

function refuse(came: unknown): never {
  const expected = "the name of a time zone, such as UTC or Europe/Berlin (IANA's data base)"
  throw new EngineError('OPTION_INVALID', `timezone: expected ${expected}, came ${show(came)}`)
}
