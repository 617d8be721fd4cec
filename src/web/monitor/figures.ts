import { language, LANGUAGE_TAGS, LANGUAGES, type Language } from '../language.ts'

/*
 * How the dashboard writes figures. Units (ms, s, min, h, d, MiB) are the same in every language; digits are grouped as the
 * page's language does it, and what is shown is drawn anew when that changes. What is not known is a dash.
 */

export const UNKNOWN = '–'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }

function makeFormats(tag: string) {
  return {
    whole: new Intl.NumberFormat(tag, { maximumFractionDigits: 0 }),
    oneDigit: new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    clock: new Intl.DateTimeFormat(tag, CLOCK),
    dated: new Intl.DateTimeFormat(tag, { month: '2-digit', day: '2-digit', ...CLOCK }),
    minutes: new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  }
}

/** Made once: making one takes longer than writing a hundred figures with it. */
const FORMATS = Object.fromEntries(LANGUAGES.map((name) => [name, makeFormats(LANGUAGE_TAGS[name])])) as Record<
  Language,
  ReturnType<typeof makeFormats>
>

function formats() {
  return FORMATS[language.value]
}

type Maybe = number | null | undefined

export function count(value: Maybe): string {
  return isKnown(value) ? formats().whole.format(value) : UNKNOWN
}

/** @param value per second */
export function rate(value: Maybe): string {
  if (!isKnown(value)) return UNKNOWN
  return `${value >= 100 ? formats().whole.format(value) : formats().oneDigit.format(value)} /s`
}

/** @param share from 0 to 1 */
export function percent(share: Maybe): string {
  return isKnown(share) ? `${formats().whole.format(share * 100)} %` : UNKNOWN
}

/** Two units at most; three digits where it is one. @param ms milliseconds; below zero counts as zero */
export function duration(ms: Maybe): string {
  if (!isKnown(ms)) return UNKNOWN
  if (ms <= 0) return '0 ms'
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${ms.toFixed(0)} ms`
  if (ms < 9.995 * SECOND) return `${(ms / SECOND).toFixed(2)} s`
  if (ms < 59.95 * SECOND) return `${(ms / SECOND).toFixed(1)} s`
  // Rounded first, so that 119.7 s is 2 min and not 1 min 60 s.
  const seconds = Math.round(ms / SECOND)
  if (seconds < HOUR / SECOND) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`
  const minutes = Math.round(ms / MINUTE)
  if (minutes < DAY / MINUTE) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
  const hours = Math.round(ms / HOUR)
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`
}

/** @param bytes in powers of 1024 */
export function size(bytes: Maybe): string {
  if (!isKnown(bytes)) return UNKNOWN
  if (bytes < 1024) return `${formats().whole.format(bytes)} B`
  if (bytes < 1024 ** 2) return `${formats().oneDigit.format(bytes / 1024)} KiB`
  if (bytes < 1024 ** 3) return `${formats().whole.format(bytes / 1024 ** 2)} MiB`
  return `${formats().oneDigit.format(bytes / 1024 ** 3)} GiB`
}

/** The time of day, in the browser's time zone, with the date where it is over half a day away. @param ms since 1970 */
export function time(ms: Maybe, now: number = Date.now()): string {
  if (!isKnown(ms)) return UNKNOWN
  return (Math.abs(now - ms) < DAY / 2 ? formats().clock : formats().dated).format(ms)
}

/** @param ms since 1970 */
export function minuteOfDay(ms: number): string {
  return formats().minutes.format(ms)
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}

function isKnown(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
