import { MonitorError } from './monitor-error.ts'

/** Longest text that a request may give, in characters: ids and names are no longer. */
const longestText = 1_000

/** Most texts of a list. */
const mostTexts = 100

/** What a request gives, in its body or its query. */
export type GivenValues = Readonly<Record<string, unknown>>

/**
 * What a query gives, each name once.
 *
 * @throws MonitorError BAD_REQUEST for a name that is not among those, or comes twice
 */
export function queryValues(query: URLSearchParams, names: readonly string[]): GivenValues {
  const given = [...query.keys()]
  const twice = given.find((name, index) => given.indexOf(name) !== index)
  if (twice !== undefined) refuse(twice, 'it once', 'it more than once')
  return onlyNames(Object.fromEntries(query), names)
}

/** @throws MonitorError BAD_REQUEST for a name that is not among those */
export function onlyNames(given: GivenValues, names: readonly string[]): GivenValues {
  const other = Object.keys(given).find((name) => !names.includes(name))
  if (other === undefined) return given
  throw new MonitorError('BAD_REQUEST', `expected ${names.join(', ') || 'nothing'}, came ${shown(other)}`)
}

/** @throws MonitorError BAD_REQUEST */
export function textIn(given: GivenValues, name: string): string {
  return optionalTextIn(given, name) ?? refuse(name, `a text of 1 to ${longestText} characters`, 'nothing')
}

/** @throws MonitorError BAD_REQUEST for what is there and no text */
export function optionalTextIn(given: GivenValues, name: string): string | undefined {
  const value = given[name]
  if (value === undefined || isText(value)) return value
  return refuse(name, `a text of 1 to ${longestText} characters`, shown(value))
}

/** @throws MonitorError BAD_REQUEST for what is there and not among them */
export function oneOf<Word extends string>(given: GivenValues, name: string, words: readonly Word[]): Word | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  return words.find((word) => word === value) ?? refuse(name, `one of ${words.join(', ')}`, shown(value))
}

/** @throws MonitorError BAD_REQUEST */
export function textsIn(given: GivenValues, name: string): readonly string[] {
  const value = given[name]
  if (Array.isArray(value) && value.length > 0 && value.length <= mostTexts && value.every(isText)) return value
  return refuse(name, `a list of 1 to ${mostTexts} texts`, shown(value))
}

/** A number, or a query's text of one. @throws MonitorError BAD_REQUEST for what is there and not such a number */
export function wholeIn(given: GivenValues, name: string, least: number, most: number): number | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number
  return refuse(name, `a whole number from ${least} to ${most}`, shown(value))
}

/** @throws MonitorError BAD_REQUEST for what is there and neither true nor false */
export function flagIn(given: GivenValues, name: string): boolean {
  const { [name]: value = false } = given
  return typeof value === 'boolean' ? value : refuse(name, 'true or false', shown(value))
}

/** @throws MonitorError BAD_REQUEST */
export function refuse(name: string, expected: string, came: string): never {
  throw new MonitorError('BAD_REQUEST', `${name}: expected ${expected}, came ${came}`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestText
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 50)
}
