import { EngineError } from './errors.ts'

/** Python's types for which JavaScript has no value of its own. */
export type PythonType = 'date' | 'time' | 'decimal' | 'uuid'

const time =
  /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{3}(?:\d{3})?)?)?(?:[+-](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{6})?)?)?$/
const decimal = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,18})?|inf(?:inity)?|s?nan\d*)$/i
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** What each one's text must be: words for it, and a check. */
const forms: Readonly<Record<PythonType, readonly [expected: string, fits: (text: string) => boolean]>> = {
  date: ['a date YYYY-MM-DD of the years 1 to 9999', isDay],
  time: ['a time HH:MM, HH:MM:SS or HH:MM:SS.ffffff, with or without an offset', (text) => time.test(text)],
  decimal: ['a decimal number', (text) => decimal.test(text)],
  uuid: ['a UUID in 8-4-4-4-12 hexadecimal digits', (text) => uuid.test(text)],
}

/**
 * A value of one of Python's own types: `new PythonValue('decimal', '1.10')`. It comes in with a message and goes out again as
 * what it was; here it is its text.
 */
export class PythonValue<Type extends PythonType = PythonType> {
  readonly type: Type
  /** As Python's `str` gives it: `2026-01-31`, `12:30:00.500000`, `1.10`, `123e4567-e89b-42d3-a456-426614174000`. */
  readonly text: string

  /** @throws EngineError ARGUMENT_INVALID, saying what was expected and what came */
  constructor(type: Type, text: string) {
    const fault = faultOf(type, text)
    if (fault !== null) throw new EngineError('ARGUMENT_INVALID', `PythonValue: expected ${fault}`)
    this.type = type
    this.text = type === 'uuid' ? text.toLowerCase() : text
  }

  toString(): string {
    return this.text
  }

  toJSON(): string {
    return this.text
  }
}

/** Tells what it should have been, and what came, without the text itself; null: it is what it should be. */
export function faultOf(type: PythonType, text: unknown): string | null {
  if (!Object.hasOwn(forms, type)) return `one of the types ${Object.keys(forms).join(', ')}, came another`
  const [expected, fits] = forms[type]
  if (typeof text !== 'string') return `${expected}, came a value of type ${typeof text}`
  return fits(text) ? null : `${expected}, came ${text.length} other characters`
}

/** JavaScript takes February 30 for a day in March. */
function isDay(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}
