import { EngineError } from '../errors.ts'
import { show } from '../task-options.ts'

/** One field of a crontab as it is given: a number, several, or Celery's text (`*\/15`, `1,13,30-45,50-59/2`, `mon-fri`). */
export type CrontabField = number | string | readonly number[]

/** What a field counts. */
export interface FieldKind {
  /** As options name it. */
  readonly name: 'minute' | 'hour' | 'dayOfMonth' | 'monthOfYear' | 'dayOfWeek'
  readonly least: number
  readonly most: number
  /** Words for its numbers, the least one's foremost; none: numbers alone. */
  readonly words: readonly string[]
}

const months = 'january february march april may june july august september october november december'.split(' ')
const weekdays = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ')

/** The fields, in the order in which a line of five has them. Sunday is 0, as in Celery. */
export const fieldKinds: readonly FieldKind[] = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'dayOfMonth', least: 1, most: 31, words: [] },
  { name: 'monthOfYear', least: 1, most: 12, words: months },
  { name: 'dayOfWeek', least: 0, most: 6, words: weekdays },
]

/**
 * Expands a field as Celery does (celery.schedules.crontab_parser): `*`, numbers and words, ranges, which may go over the end
 * (`fri-mon`), and steps through a range or `*`, counted from its start; several with commas.
 *
 * @returns its numbers, ascending, each once
 * @throws EngineError OPTION_INVALID
 */
export function expandField(kind: FieldKind, given: unknown): readonly number[] {
  const numbers = new Set(typeof given === 'string' ? partsOf(kind, given) : numbersOf(kind, given))
  return [...numbers].toSorted((one, other) => one - other)
}

function numbersOf(kind: FieldKind, given: unknown): number[] {
  const numbers: unknown[] = Array.isArray(given) ? given : [given]
  if (numbers.length === 0) refuse(kind, given)
  return numbers.map((number) => (isWithin(kind, number) ? number : refuse(kind, given)))
}

function partsOf(kind: FieldKind, given: string): number[] {
  return given.split(',').flatMap((part) => {
    const [, range = '', step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part.trim()) ?? refuse(kind, given)
    const isStepped = step !== undefined
    const all = rangeOf(kind, range, given)
    // `5/15` is no step through anything; and no step gets nowhere.
    if (isStepped && (Number(step) === 0 || (range !== '*' && !range.includes('-')))) refuse(kind, given)
    return isStepped ? all.filter((_number, index) => index % Number(step) === 0) : all
  })
}

function rangeOf(kind: FieldKind, range: string, given: string): number[] {
  const { least, most } = kind
  if (range === '*') return upTo(least, most)
  const [, from = '', to = from] = /^(\w+)(?:-(\w+))?$/.exec(range) ?? refuse(kind, given)
  const [first, last] = [numberOf(kind, from, given), numberOf(kind, to, given)]
  return first <= last ? upTo(first, last) : [...upTo(first, most), ...upTo(least, last)]
}

function numberOf(kind: FieldKind, text: string, given: string): number {
  const word = text.toLowerCase()
  const place = kind.words.findIndex((name) => name === word || name.slice(0, 3) === word)
  const number = /^\d{1,4}$/.test(text) ? Number(text) : kind.least + place
  return isWithin(kind, number) && (place >= 0 || /^\d/.test(text)) ? number : refuse(kind, given)
}

function isWithin({ least, most }: FieldKind, number: unknown): number is number {
  return Number.isInteger(number) && Number(number) >= least && Number(number) <= most
}

function upTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_value, index) => first + index)
}

function refuse({ name, least, most, words }: FieldKind, came: unknown): never {
  const numbers = `numbers from ${least} to ${most}${words.length === 0 ? '' : ` or names (${words[0]?.slice(0, 3)})`}`
  const forms = `* or ${numbers}, ranges (a-b) and steps (*/n, a-b/n) of them, with commas, or a list of numbers`
  throw new EngineError('OPTION_INVALID', `${name}: expected ${forms}, came ${show(came)}`)
}
