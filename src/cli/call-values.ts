import { InvalidArgumentError } from 'commander'
import { exactNumbers, readJson } from '../engine/exact-json.ts'
import { messageOf } from '../engine/errors.ts'
import { dateFromIso, fromWire, toWire, type Json } from '../engine/wire-value.ts'
import { CommandError } from './command-error.ts'

/** What stands behind the options of `lovage call`, read. No error holds an argument of a task: it may be a secret. */

/** The longest wait, in seconds: ten years. */
const longestSeconds = 315_360_000

/**
 * Positional arguments.
 *
 * @throws CommandError, EngineError ARGUMENT_INVALID
 */
export function readArgs(text: string): readonly Json[] {
  const value = readArguments('--args', 'list', text)
  if (!Array.isArray(value)) throw wrong('--args', 'list', `JSON of another kind`)
  return value
}

/**
 * Arguments by name.
 *
 * @throws CommandError, EngineError ARGUMENT_INVALID
 */
export function readKwargs(text: string): { readonly [name: string]: Json } {
  const value = readArguments('--kwargs', 'object', text)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw wrong('--kwargs', 'object', `JSON of another kind`)
  }
  return value
}

const examples = { list: `'[1, "two"]'`, object: `'{"to": "me"}'` }

/** What JSON has no type for may be written as it travels: `{"__type__": "datetime", "__value__": "2026-01-31T12:30:00Z"}`. */
function readArguments(option: string, kind: keyof typeof examples, text: string): Json {
  let read: ReturnType<typeof readJson>
  try {
    read = readJson(text)
  } catch {
    // The error of JSON.parse shows a part of the text.
    throw wrong(option, kind, `${text.length} characters that are no JSON`)
  }
  if (read.lost !== null) throw wrong(option, kind, read.lost, ` of ${exactNumbers}`)
  try {
    return typedMembers(read.value as Json, option)
  } catch (error) {
    throw wrong(option, kind, messageOf(error))
  }
}

/** Checks typed values by reading them. The outermost object is the arguments themselves. */
function typedMembers(value: Json, where: string): Json {
  if (Array.isArray(value)) return value.map((member, index) => toWire(fromWire(member), `${where}[${index}]`))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, toWire(fromWire(member), `${where}.${name}`)]),
  )
}

function wrong(option: string, kind: keyof typeof examples, came: string, of = ''): CommandError {
  return new CommandError(`${option}: expected a JSON ${kind}${of}, for example ${examples[kind]}; came ${came}`, {
    exit: 'usage',
  })
}

/** An ISO 8601 time as Unix milliseconds; without an offset it is UTC. */
export function readTime(text: string): number {
  try {
    return dateFromIso(text).getTime()
  } catch {
    throw new InvalidArgumentError('expected an ISO 8601 time, for example 2026-01-31T12:30:00Z.')
  }
}

/** Seconds from 0 on, with fractions. */
export function readSeconds(text: string): number {
  const value = Number(text)
  if (!/^\d{1,9}(?:\.\d{1,6})?$/.test(text) || value > longestSeconds) {
    throw new InvalidArgumentError(`expected seconds, 0 to ${longestSeconds}, for example 30 or 0.5.`)
  }
  return value
}

/** When a task expires: seconds from when it is sent, or a time. */
export interface Expiry {
  readonly seconds?: number
  /** Unix milliseconds. */
  readonly at?: number
}

/** `90` or `2026-01-31T12:30:00Z`. */
export function readExpiry(text: string): Expiry {
  if (/^[\d.]+$/.test(text)) return { seconds: readSeconds(text) }
  try {
    return { at: readTime(text) }
  } catch {
    throw new InvalidArgumentError('expected seconds, or an ISO 8601 time, for example 90 or 2026-01-31T12:30:00Z.')
  }
}

/** The serializer's name: there is one. */
export function readSerializer(text: string): string {
  if (text !== 'json') throw new InvalidArgumentError('expected json: Lovage writes and reads messages as JSON alone.')
  return text
}

/** 0 to 9. */
export function readPriority(text: string): number {
  if (!/^\d$/.test(text)) throw new InvalidArgumentError('expected a whole number from 0 to 9.')
  return Number(text)
}
