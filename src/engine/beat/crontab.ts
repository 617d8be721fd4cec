import { EngineError } from '../errors.ts'
import { expandField, fieldKinds, type CrontabField } from './crontab-field.ts'
import type { DueTicks, Schedule } from './schedule.ts'
import type { TimeZone } from './time-zone.ts'

/** The fields of a crontab, under Celery's names. Whatever is left out is `*`. */
export interface CrontabFields {
  /** 0 to 59. */
  readonly minute?: CrontabField
  /** 0 to 23. */
  readonly hour?: CrontabField
  /** 0 (Sunday) to 6, or names. */
  readonly dayOfWeek?: CrontabField
  /** 1 to 31. */
  readonly dayOfMonth?: CrontabField
  /** 1 to 12, or names. */
  readonly monthOfYear?: CrontabField
}

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000]

/** Most ticks that are counted one by one. */
const maxCounted = 10_000

/** No day comes more seldom than a 29th of February on a given weekday, over a year like 2100, in years. */
const longestYears = 50

/** What each month may have, January foremost. */
const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * The minutes that a crontab names, on the clocks of a time zone. All fields must match: a day of the month and one of the week
 * too, as in Celery and other than in cron.
 *
 * When clocks are set forward, a time that they skip is as much later. When they are set back, a time that comes twice counts once, the
 * first time; where every hour is named, it counts twice: the hour passes twice.
 */
export class Crontab implements Schedule {
  readonly identity: string
  readonly text: string
  readonly #zone: TimeZone
  readonly #minutes: readonly number[]
  readonly #hours: readonly number[]
  readonly #daysOfMonth: readonly number[]
  readonly #months: readonly number[]
  readonly #weekdays: readonly number[]

  /** @throws EngineError OPTION_INVALID */
  constructor(fields: CrontabFields, zone: TimeZone) {
    const sets = fieldKinds.map((kind) => expandField(kind, fields[kind.name] ?? '*'))
    const [minutes = [], hours = [], daysOfMonth = [], months = [], weekdays = []] = sets
    this.#minutes = minutes
    this.#hours = hours
    this.#daysOfMonth = daysOfMonth
    this.#months = months
    this.#weekdays = weekdays
    this.#zone = zone
    const given = fieldKinds.map(({ name }) => String(fields[name] ?? '*').replaceAll(/\s/g, ''))
    this.text = `${given.join(' ')} ${zone.name}`
    const whole = fieldKinds.map(({ least, most }, index) => sets[index]?.length === most - least + 1)
    this.identity = `crontab ${sets.map((set, index) => (whole[index] ? '*' : set.join(','))).join(' ')} ${zone.name}`
    if (!months.some((month) => (daysOfMonth[0] ?? 0) <= (monthLengths[month - 1] ?? 0))) {
      throw new EngineError('OPTION_INVALID', `dayOfMonth: expected a day that these months have, came ${this.text}`)
    }
  }

  next(last: number): number {
    const zone = this.#zone
    const isHourly = this.#hours.length === 24
    let first = Infinity
    for (const wall of this.#walls(last + zone.offsetsNear(last)[0])) {
      // Where clocks are set, walls do not come in the order of time.
      if (wall - zone.offsetsNear(wall)[1] >= first) return first
      const [time, again = time] = zone.timesOf(wall)
      for (const one of isHourly ? [time, again] : [time]) if (one > last && one < first) first = one
    }
    if (first < Infinity) return first
    throw new Error(`no tick of ${this.text} within ${longestYears} years`)
  }

  due(last: number, now: number, most: number): DueTicks {
    const all = this.#ticks(last, now, maxCounted)
    if (all.length < maxCounted) return { newest: all.slice(-most), count: all.length }
    // More than anybody counts: the newest are looked for from the end, in ever more time.
    for (let span = hourMs; ; span *= 2) {
      const ticks = this.#ticks(Math.max(now - span, last), now, Infinity)
      if (ticks.length >= most || now - span <= last) return { newest: ticks.slice(-most), count: maxCounted }
    }
  }

  #ticks(last: number, now: number, most: number): number[] {
    const ticks: number[] = []
    for (let tick = this.next(last); tick <= now && ticks.length < most; tick = this.next(tick)) ticks.push(tick)
    return ticks
  }

  /** What the clocks show at its minutes, from `start` on. */
  *#walls(start: number): Generator<number> {
    const from = new Date(start)
    const lastYear = from.getUTCFullYear() + longestYears
    for (let year = from.getUTCFullYear(); year <= lastYear; year += 1) {
      for (const month of this.#months) {
        if (Date.UTC(year, month) <= start) continue
        for (const day of this.#daysOfMonth) yield* this.#wallsOfDay(Date.UTC(year, month - 1, day), month, start)
      }
    }
  }

  /** @param day its start */
  *#wallsOfDay(day: number, month: number, start: number): Generator<number> {
    const date = new Date(day)
    const isOfMonth = date.getUTCMonth() === month - 1
    if (!isOfMonth || day + dayMs <= start || !this.#weekdays.includes(date.getUTCDay())) return
    for (const hour of this.#hours) {
      if (day + (hour + 1) * hourMs <= start) continue
      for (const minute of this.#minutes) {
        const wall = day + hour * hourMs + minute * minuteMs
        if (wall >= start) yield wall
      }
    }
  }
}
