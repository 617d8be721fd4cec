import { EngineError } from './errors.ts'

/**
 * How often a task may start: `10/s`, `10/m`, `10/h` or a number per second, as Celery's `rate_limit`; null or 0: as often as it
 * likes. At most 1,000,000 a second and at least one in a year.
 */
export type Rate = string | number | null

/** A rate limit that is not just each process's own. */
export interface SharedRateLimit<Args extends unknown[]> {
  readonly rate: Rate
  /** `process`: each worker process has its own, as in Celery. `global`: all processes on the broker share it. Default `process`. */
  readonly scope?: 'process' | 'global'
  /** How many may start at once after a time in which fewer started, 1 to 1,000,000. Default 1, as in Celery. */
  readonly burst?: number
  /**
   * What the limit is for, where a task has several: a text, or what a function makes of the arguments (on the main thread: it must be
   * quick). 1 to 200 characters; kept in Redis, so nothing secret. Only with the scope `global`. Default: one limit for all.
   */
  readonly key?: string | ((...args: Args) => string)
}

/** What a task's option `rateLimit` may be; a function gets the process's settings for tasks. */
export type RateLimit<Args extends unknown[]> = Rate | SharedRateLimit<Args>

/** A rate that was read. */
export interface ReadRate {
  /** As it was given. */
  readonly text: Rate
  /** Microseconds from one start to the next; 0: no limit. */
  readonly intervalUs: number
}

/** A limit as it is applied. */
export interface TaskRate extends ReadRate {
  readonly burst: number
  readonly scope: 'process' | 'global'
  readonly key: string | ((...args: never[]) => unknown) | null
}

/** What a rate must be, to be read after "expected". */
export const rateWords = 'a number per second, or text like 10/s, 10/m or 10/h, up to 1000000/s'

export const longestKey = 200

const unitSeconds = { s: 1, m: 60, h: 3600 } as const
const greatestPerSecond = 1_000_000
const longestIntervalUs = 365 * 86_400 * 1_000_000

/**
 * Reads a rate in Celery's grammar (celery.utils.time.rate); null where it is none.
 *
 * Celery takes an empty text for no limit, and a number without a unit per second.
 */
export function readRate(value: unknown): ReadRate | null {
  if (value === null || value === '') return { text: null, intervalUs: 0 }
  const perSecond = typeof value === 'number' ? value : typeof value === 'string' ? perSecondIn(value) : Number.NaN
  if (!(perSecond >= 0 && perSecond <= greatestPerSecond)) return null
  const intervalUs = perSecond === 0 ? 0 : 1_000_000 / perSecond
  return intervalUs <= longestIntervalUs ? { text: value as Rate, intervalUs } : null
}

/** NaN where it can't be read. */
function perSecondIn(text: string): number {
  const [, number, unit = 's'] = /^\s*\+?((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?:\/([smh]?))?$/i.exec(text) ?? []
  if (number === undefined) return Number.NaN
  const seconds = unitSeconds[(unit === '' ? 's' : unit) as keyof typeof unitSeconds]
  return seconds === undefined ? Number.NaN : Number(number) / seconds
}

/**
 * What a task's option comes to in this process; null: no limit.
 *
 * @param given a checked option, or what its function gave, which `check` checks
 * @throws EngineError OPTION_INVALID
 */
export function taskRate(given: RateLimit<never[]> | undefined): TaskRate | null {
  if (given === undefined || given === null) return null
  const shared = typeof given === 'object' ? given : { rate: given }
  const read = readRate(shared.rate)
  if (read === null) throw new EngineError('OPTION_INVALID', `rateLimit: expected ${rateWords}`)
  const { scope = 'process', burst = 1, key = null } = shared
  return read.intervalUs === 0 && scope === 'process' ? null : { ...read, burst, scope, key }
}

/**
 * The key of a limit for some arguments.
 *
 * @throws EngineError ARGUMENT_INVALID, or what the task's function throws
 */
export function limitKey({ key }: TaskRate, args: () => readonly unknown[]): string {
  if (typeof key !== 'function') return key ?? ''
  const made = key(...(args() as never[]))
  if (typeof made === 'string' && made !== '' && made.length <= longestKey) return made
  // Nobody waits for an async function: its failure must not end the process.
  if (made instanceof Promise) made.catch(() => undefined)
  // What came may be an argument, which is nobody's business.
  throw new EngineError(
    'ARGUMENT_INVALID',
    `rateLimit.key: expected text of 1 to ${longestKey} characters, came another`,
  )
}
