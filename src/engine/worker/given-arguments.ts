import { EngineError } from '../errors.ts'
import { maxNameLength } from '../message.ts'
import { show } from '../task-options.ts'
import type { Given } from './controlled-node.ts'

/** So much of a wrong value is shown, in characters. */
const shownLength = 80

/** @throws EngineError ARGUMENT_INVALID */
export function textIn(given: Given, name: string): string {
  return optionalTextIn(given, name) ?? refuse(name, 'text', given[name])
}

/** @throws EngineError ARGUMENT_INVALID for anything but a text, null or nothing */
export function optionalTextIn(given: Given, name: string): string | null {
  const value = given[name] ?? null
  if (value === null) return null
  return typeof value === 'string' && value !== '' && value.length <= maxNameLength
    ? value
    : refuse(name, `text of 1 to ${maxNameLength} characters`, value)
}

/**
 * One text, or a list of them; each counts once.
 *
 * @throws EngineError ARGUMENT_INVALID
 */
export function textsIn(given: Given, name: string): string[] {
  const value = given[name] ?? []
  const texts = new Set<string>()
  for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (typeof each !== 'string' || each.length > maxNameLength) {
      return refuse(name, `text, or a list of texts, of at most ${maxNameLength} characters`, each)
    }
    texts.add(each)
  }
  return [...texts]
}

/**
 * A whole number of 1 or more; 1 where there is none.
 *
 * @throws EngineError ARGUMENT_INVALID
 */
export function countIn(given: Given, name: string): number {
  const value = given[name] ?? 1
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
    ? value
    : refuse(name, 'a whole number, 1 or more', value)
}

/**
 * Seconds above 0; null where there are none.
 *
 * @throws EngineError ARGUMENT_INVALID
 */
export function secondsIn(given: Given, name: string): number | null {
  const value = given[name] ?? null
  if (value === null) return null
  return typeof value === 'number' && value > 0 ? value : refuse(name, 'seconds, more than 0, or null', value)
}

function refuse(name: string, expected: string, came: unknown): never {
  const shown = show(came)
  const cut = shown.length <= shownLength ? shown : `${shown.slice(0, shownLength)}...`
  throw new EngineError('ARGUMENT_INVALID', `${name}: expected ${expected}, came ${cut}`)
}
