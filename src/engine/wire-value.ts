import { EngineError } from './errors.ts'

/** A value as JSON holds it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * Most levels of lists and objects: Python reads no more than about a thousand, and a value that a thread's stack can carry
 * may be too deep for the main thread's, which is smaller: the reply that it is in never arrives then.
 */
const maxDepth = 500

/**
 * Turns a value into JSON, with Celery's extensions for what JSON lacks: a Date travels as
 * `{"__type__": "datetime", "__value__": "2026-01-01T12:00:00.000+00:00"}`, a Uint8Array as `base64` (kombu.utils.json).
 *
 * @param where names the value in an error, for example `argument 1`
 * @throws EngineError ARGUMENT_INVALID for what can not travel: it names the place and what was there
 */
export function toWire(value: unknown, where: string, depth = 0): Json {
  if (depth > maxDepth) return refuse(where.slice(0, 60), `lists and objects more than ${maxDepth} deep`)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return checkedNumber(value, where)
  if (typeof value === 'object') return objectToWire(value, where, depth)
  return refuse(where, value === undefined ? 'undefined' : `a ${typeof value}`)
}

function checkedNumber(value: number, where: string): number {
  if (!Number.isFinite(value)) return refuse(where, String(value))
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return refuse(where, `${value}, an integer beyond 2^53 that would lose digits`)
  }
  return value
}

function objectToWire(value: object, where: string, depth: number): Json {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return refuse(where, 'an invalid Date')
    return { __type__: 'datetime', __value__: isoFromMs(value.getTime()) }
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
  if ('__type__' in value) return refuse(where, 'an object with a key __type__, which the wire format uses for itself')
  const present = Object.entries(value).filter(([, member]) => member !== undefined)
  // Not by assignment, which would lose a key __proto__.
  return Object.fromEntries(present.map(([key, member]) => [key, toWire(member, `${where}.${key}`, depth + 1)]))
}

function refuse(where: string, came: string): never {
  throw new EngineError('ARGUMENT_INVALID', `${where}: expected a JSON value, a Date or a Uint8Array, came ${came}`)
}

/**
 * Turns JSON back into values: `datetime` becomes a Date, `bytes` and `base64` a Uint8Array; `date`, `time`, `decimal`
 * and `uuid` become their text. An object of an unknown `__type__` stays as it is.
 */
export function fromWire(value: Json): unknown {
  if (Array.isArray(value)) return value.map(fromWire)
  if (value === null || typeof value !== 'object') return value
  const { __type__: type, __value__: content } = value
  if (typeof type === 'string' && typeof content === 'string') {
    if (type === 'datetime') return dateFromIso(content)
    if (type === 'bytes') return new Uint8Array(Buffer.from(content, 'utf8'))
    if (type === 'base64') return new Uint8Array(Buffer.from(content, 'base64'))
    if (type === 'date' || type === 'time' || type === 'decimal' || type === 'uuid') return content
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

/** A time as Celery writes it: ISO 8601 with an offset. */
export function isoFromMs(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}+00:00`
}

/** Date.parse alone would take `junk 1` for a time. */
const isoTime = /^[+-]?\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

/**
 * Reads an ISO 8601 time. Python leaves the offset out for a naive datetime: that is taken as UTC, as Celery does.
 *
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function dateFromIso(text: string): Date {
  if (!isoTime.test(text)) return refuseTime(text)
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`)
  return Number.isNaN(time) ? refuseTime(text) : new Date(time)
}

function refuseTime(text: string): never {
  throw new EngineError('MESSAGE_UNREADABLE', `expected an ISO 8601 time, came ${text.length} other characters`)
}
