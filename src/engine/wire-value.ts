import { EngineError } from './errors.ts'
import { faultOf, PythonValue, type PythonType } from './python-value.ts'

/** A value as JSON holds it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * Most levels of lists and objects: Python reads no more than about a thousand, and a value that a thread's stack can carry
 * may be too deep for the main thread's, which is smaller: the reply that it is in never arrives then.
 */
const maxDepth = 500

/** From here on JSON.stringify writes an exponent: a float for Python, which has lost nothing. */
const writtenAsFloat = 1e21

/** The first and the last millisecond that Python has: of the years 1 and 9999. */
const [firstTime, lastTime] = [-62_135_596_800_000, 253_402_300_799_999]

/**
 * Turns a value into JSON, with Celery's extensions for what JSON lacks (kombu.utils.json): a Date travels as
 * `{"__type__": "datetime", "__value__": "2026-01-01T12:00:00.000000+00:00"}`, a Uint8Array as `base64`, a PythonValue as its type.
 *
 * @param where names the value in an error, for example `argument 1`
 * @throws EngineError ARGUMENT_INVALID for what can not travel: it names the place and what was there
 */
export function toWire(value: unknown, where: string, depth = 0): Json {
  if (depth > maxDepth) return refuse(where.slice(0, 60), `lists and objects more than ${maxDepth} deep`)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return checkedNumber(value, where)
  if (typeof value === 'object') return objectToWire(value, where, depth)
  if (typeof value === 'bigint') return refuse(where, 'a bigint, which would not come back as one: send its text')
  return refuse(where, value === undefined ? 'undefined' : `a ${typeof value}`)
}

function checkedNumber(value: number, where: string): number {
  if (!Number.isFinite(value)) return refuse(where, String(value))
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < writtenAsFloat) {
    return refuse(where, `${value}, an integer beyond 2^53 that would lose digits`)
  }
  return value
}

function objectToWire(value: object, where: string, depth: number): Json {
  if (value instanceof Date) {
    const time = value.getTime()
    if (Number.isNaN(time)) return refuse(where, 'an invalid Date')
    if (time < firstTime || time > lastTime)
      return refuse(where, 'a Date outside of the years 1 to 9999 that Python has')
    return { __type__: 'datetime', __value__: isoFromMs(time) }
  }
  if (value instanceof PythonValue) {
    const { type, text } = value as PythonValue
    return { __type__: type, __value__: type === 'uuid' ? { hex: text.replaceAll('-', '') } : text }
  }
  if (value instanceof Uint8Array) {
    return {
      __type__: 'base64',
      __value__: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'),
    }
  }
  if (Array.isArray(value)) return value.map((member, index) => toWire(member, `${where}[${index}]`, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    return refuse(where, `an instance of ${value.constructor?.name ?? 'a class'}`)
  }
  const present = Object.entries(value).filter(([, member]) => member !== undefined)
  if (present.length === 2 && present.every(([key]) => key === '__type__' || key === '__value__')) {
    return refuse(where, 'an object of __type__ and __value__ alone, which the wire format uses for itself')
  }
  // Not by assignment, which would lose a key __proto__.
  return Object.fromEntries(present.map(([key, member]) => [key, toWire(member, `${where}.${key}`, depth + 1)]))
}

function refuse(where: string, came: string): never {
  const expected = 'a JSON value, a Date, a Uint8Array or a PythonValue'
  throw new EngineError('ARGUMENT_INVALID', `${where}: expected ${expected}, came ${came}`)
}

/**
 * Turns JSON back into values: `datetime` becomes a Date, cut to milliseconds; `bytes` and `base64` a Uint8Array; `date`, `time`,
 * `decimal` and `uuid` a PythonValue. An object of an unknown `__type__` stays as it is.
 *
 * @throws EngineError MESSAGE_UNREADABLE for a typed value that is none
 */
export function fromWire(value: Json): unknown {
  if (Array.isArray(value)) return value.map(fromWire)
  if (value === null || typeof value !== 'object') return value
  const { __type__: type, __value__: content } = value
  // kombu takes it for a typed value where it has these two keys and no other.
  if (typeof type === 'string' && content !== undefined && Object.keys(value).length === 2) {
    const typed = typedFromWire(type, content)
    if (typed !== null) return typed
  }
  const read: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    // By assignment a key __proto__ would be lost.
    if (key !== '__proto__') read[key] = fromWire(member)
    else
      Object.defineProperty(read, key, {
        value: fromWire(member),
        enumerable: true,
        configurable: true,
        writable: true,
      })
  }
  return read
}

/** null: nobody knows the type. */
function typedFromWire(type: string, content: Json): Date | Uint8Array | PythonValue | null {
  switch (type) {
    case 'datetime':
      return dateFromIso(textOf(type, content))
    case 'bytes':
    case 'base64':
      return new Uint8Array(Buffer.from(textOf(type, content), type === 'bytes' ? 'utf8' : 'base64'))
    case 'date':
    case 'time':
    case 'decimal':
      return pythonFromWire(type, content)
    case 'uuid':
      return pythonFromWire(type, uuidText(content))
    default:
      return null
  }
}

function textOf(type: string, content: Json): string {
  return typeof content === 'string' ? content : unreadable(`the text of a ${type}, came a value of another type`)
}

function pythonFromWire(type: PythonType, content: Json): PythonValue {
  const text = textOf(type, content)
  const fault = faultOf(type, text)
  return fault === null ? new PythonValue(type, text) : unreadable(fault)
}

/** kombu writes `{"hex": "..."}`, 32 digits, with the version beside it in 5.3.0; it takes them with hyphens too. */
function uuidText(content: Json): Json {
  const hex = content !== null && typeof content === 'object' && !Array.isArray(content) ? content['hex'] : null
  if (typeof hex !== 'string') return null
  return hex.replaceAll('-', '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * A time as Celery writes it: ISO 8601 with an offset, and six digits behind the point. Celery before 5.3 takes what is there for a
 * number of microseconds, however many digits it has (celery.utils.iso8601): of three digits a task would run up to a second early.
 */
export function isoFromMs(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}000+00:00`
}

/** Date.parse alone would take `junk 1` for a time. */
const isoTime = /^[+-]?\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

/** The seconds of an offset: in Python's time zones places have them before there was standard time. */
const offsetSeconds = /(?<=([+-])\d\d:\d\d):([0-5]\d)(?:\.\d+)?$/

/**
 * Reads an ISO 8601 time. Python leaves the offset out for a naive datetime: that is taken as UTC, as Celery does.
 *
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function dateFromIso(text: string): Date {
  const [found = '', sign, seconds] = offsetSeconds.exec(text) ?? []
  const rest = text.slice(0, text.length - found.length).replace(' ', 'T')
  if (!isoTime.test(rest)) return refuseTime(text)
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(rest) || !rest.includes('T') ? rest : `${rest}Z`)
  const shift = seconds === undefined ? 0 : Number(`${sign}${seconds}`) * 1000
  return Number.isNaN(time) ? refuseTime(text) : new Date(time - shift)
}

function refuseTime(text: string): never {
  return unreadable(`an ISO 8601 time, came ${text.length} other characters`)
}

function unreadable(expected: string): never {
  throw new EngineError('MESSAGE_UNREADABLE', `expected ${expected}`)
}
