import { EngineError } from './errors.ts'
import { longestKey, rateWords, readRate, type RateLimit } from './rate-limit.ts'

/** A class of errors, or a function that says whether an error is meant. A function is asked in the task's thread. */
export type ErrorMatch = readonly ErrorClass[] | ((error: unknown) => boolean)
type ErrorClass = abstract new (...args: never[]) => Error

/** What to do with a task of which nobody knows how far it came: its process or thread died under it. */
export type OnUncertain = 'retry' | 'fail'

/** A name for each of a handler's parameters. */
export type ParamNames<Args extends unknown[]> = [Args] extends [never]
  ? readonly string[]
  : { readonly [Place in keyof Args]-?: string }

/** How a task runs. Every option may be left out. */
export interface TaskOptions<Args extends unknown[]> {
  /**
   * Within one run: how often a TransientError is tried again, 0 to 10, and the wait before the first, in milliseconds,
   * doubled each time. No new try starts later than 5 s after the first. Default: none.
   */
  readonly retryInPlace?: { readonly times: number; readonly waitMs: number }
  /** How often it is put on the queue again after a run that may go well another time. null: for ever. Default 3. */
  readonly maxRetries?: number | null
  /** Seconds until the first retry, factor for each further one, and the longest wait in seconds. Default 1, 2, 600. */
  readonly retryBackoff?: { readonly seconds?: number; readonly factor?: number; readonly maxSeconds?: number }
  /** Takes a random part, up to half, off each wait, so that tasks that failed together do not come back together. Default true. */
  readonly retryJitter?: boolean
  /** Errors that may go well another time, beside TransientError, Retry and the time limits. Default: none. */
  readonly retryFor?: ErrorMatch
  /** Errors that are never retried; wins over everything but a Retry. Default: none. */
  readonly dontRetryFor?: ErrorMatch
  /** Seconds after which `context.signal` is aborted and the run ends with SoftTimeLimitExceeded. Default: none. */
  readonly softTimeLimit?: number
  /** Seconds after which the task's thread is ended, whatever it does. Default: none. */
  readonly timeLimit?: number
  /** How often it may start, each try counted; may depend on the process's settings. Default: as often as it likes. */
  readonly rateLimit?: RateLimit<Args> | ((settings: Readonly<Record<string, unknown>>) => RateLimit<Args>)
  /** Where it runs, whatever the process's `-P` says: a thread to itself, or among many on a few threads. */
  readonly pool?: 'threads' | 'async'
  /**
   * What to do when the process or thread died under a run, so that nobody knows whether its side effects happened: run it
   * again, or fail it as UNCERTAIN. May depend on the process's settings. Default `retry`.
   */
  readonly onUncertain?: OnUncertain | ((settings: Readonly<Record<string, unknown>>) => OnUncertain)
  /** The arguments as logs, events and tools may show them. Default: as they are. */
  readonly mask?: (...args: Args) => readonly unknown[]
  /**
   * Names of the handler's parameters after the context, in their order: by these the task takes keyword arguments, which Celery's
   * clients send (`task.delay(mobile=...)`). Default: it takes arguments by place alone.
   */
  readonly params?: ParamNames<Args>
  /** No result is stored. Default false. */
  readonly ignoreResult?: boolean
  /** The result backend says STARTED while the task runs. Default false. */
  readonly trackStarted?: boolean
}

type Check = (value: unknown) => boolean

/** As Python's clients can write it in front of a `=`. */
const paramName = /^[\p{ID_Start}_]\p{ID_Continue}{0,99}$/u

const isFlag: Check = (value) => typeof value === 'boolean'
const isFunction: Check = (value) => typeof value === 'function'
const isPositive: Check = (value) => Number.isFinite(value) && Number(value) > 0
/** Not just any function: `instanceof` throws for an arrow function. */
const isErrorClass: Check = (value) =>
  typeof value === 'function' && (value === Error || value.prototype instanceof Error)
const isErrorMatch: Check = (value) => {
  if (Array.isArray(value)) return value.every((entry) => isErrorClass(entry))
  return isFunction(value) && !isErrorClass(value)
}

/** What each option must be: a check, and the words for it. Of the parts of an option, each under its own name. */
const checks: Readonly<Record<string, readonly [Check, string]>> = {
  retryInPlace: [isRecord, '{ times, waitMs }'],
  'retryInPlace.times': [(value) => isWhole(value, 0, 10), 'a whole number from 0 to 10'],
  'retryInPlace.waitMs': [(value) => Number.isFinite(value) && Number(value) >= 0, 'milliseconds, 0 or more'],
  maxRetries: [
    (value) => value === null || isWhole(value, 0, Number.MAX_SAFE_INTEGER),
    'a whole number, 0 or more, or null',
  ],
  retryBackoff: [isRecord, '{ seconds, factor, maxSeconds }'],
  'retryBackoff.seconds': [(value) => Number.isFinite(value) && Number(value) >= 0, 'seconds, 0 or more'],
  'retryBackoff.factor': [(value) => Number.isFinite(value) && Number(value) >= 1, 'a number, 1 or more'],
  'retryBackoff.maxSeconds': [isPositive, 'seconds, more than 0'],
  retryJitter: [isFlag, 'true or false'],
  retryFor: [isErrorMatch, 'a list of error classes, or a function'],
  dontRetryFor: [isErrorMatch, 'a list of error classes, or a function'],
  softTimeLimit: [isPositive, 'seconds, more than 0'],
  timeLimit: [isPositive, 'seconds, more than 0'],
  rateLimit: [
    (value) => isFunction(value) || isRecord(value) || readRate(value) !== null,
    `${rateWords}, null, { rate, scope, burst, key } or a function`,
  ],
  'rateLimit.rate': [(value) => readRate(value) !== null, `${rateWords}, or null`],
  'rateLimit.scope': [(value) => value === 'process' || value === 'global', "'process' or 'global'"],
  'rateLimit.burst': [(value) => isWhole(value, 1, 1_000_000), 'a whole number from 1 to 1000000'],
  'rateLimit.key': [
    (value) => isFunction(value) || (typeof value === 'string' && value !== '' && value.length <= longestKey),
    `text of 1 to ${longestKey} characters, or a function`,
  ],
  pool: [(value) => value === 'threads' || value === 'async', "'threads' or 'async'"],
  onUncertain: [(value) => value === 'retry' || value === 'fail' || isFunction(value), "'retry', 'fail' or a function"],
  mask: [isFunction, 'a function'],
  params: [isParamNames, 'a list of names, each once'],
  ignoreResult: [isFlag, 'true or false'],
  trackStarted: [isFlag, 'true or false'],
}

const needed = ['retryInPlace.times', 'retryInPlace.waitMs', 'rateLimit.rate']
const names = Object.keys(checks).filter((name) => !name.includes('.'))

/**
 * Checks a task's options.
 *
 * @param task its name, for the error
 * @throws EngineError OPTION_INVALID, saying what was expected and what came
 */
export function checkOptions(task: string, options: object): void {
  if (!isRecord(options)) fail(task, 'options', 'an object', options)
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) fail(task, `option ${name}`, `one of ${names.join(', ')}`, name)
    if (value === undefined) continue
    checkOption(task, name, value)
  }
  const { softTimeLimit: soft, timeLimit: hard } = options as { softTimeLimit?: number; timeLimit?: number }
  if (soft !== undefined && hard !== undefined && soft >= hard) {
    fail(task, 'softTimeLimit', `less than timeLimit, which is ${hard}`, soft)
  }
}

/**
 * Checks one option, with its parts.
 *
 * @throws EngineError OPTION_INVALID
 */
export function checkOption(task: string, name: string, value: unknown): void {
  checkOne(task, name, value)
  if (!isRecord(value)) return
  for (const part of Object.keys(checks).filter((key) => key.startsWith(`${name}.`))) {
    const inner = (value as Record<string, unknown>)[part.slice(name.length + 1)]
    if (inner !== undefined || needed.includes(part)) checkOne(task, part, inner)
  }
  checkParts(task, name, value as object)
  if (name !== 'rateLimit') return
  const { scope, key } = value as { scope?: unknown; key?: unknown }
  if (key !== undefined && scope !== 'global')
    fail(task, 'rateLimit.key', "the scope 'global' with it", scope ?? 'process')
}

function checkOne(task: string, name: string, value: unknown): void {
  const [check, expected] = checks[name] ?? [() => false, 'nothing']
  if (!check(value)) fail(task, name, expected, value)
}

function checkParts(task: string, name: string, value: object): void {
  const known = Object.keys(checks).filter((key) => key.startsWith(`${name}.`))
  if (known.length === 0) return
  for (const part of Object.keys(value)) {
    if (!known.includes(`${name}.${part}`)) fail(task, `${name}.${part}`, `one of ${known.join(', ')}`, part)
  }
}

function fail(task: string, what: string, expected: string, came: unknown): never {
  throw new EngineError('OPTION_INVALID', `task ${task}: ${what}: expected ${expected}, came ${show(came)}`)
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isParamNames(value: unknown): boolean {
  if (!Array.isArray(value) || new Set(value).size !== value.length) return false
  return value.every((name) => typeof name === 'string' && paramName.test(name))
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
}

/** A value as an error may show it. JSON alone would show NaN, Infinity and an invalid Date as null, and throw for others. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'an invalid Date'
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return `a value of type ${typeof value}`
  }
}
