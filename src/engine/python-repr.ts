import { PythonValue } from './python-value.ts'

/** How Python's `repr` would print what travels in messages: what Celery's tools show as a task's arguments (its saferepr). */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (value instanceof Date) return datetimeRepr(value)
  if (value instanceof PythonValue) return typedRepr(value)
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, member]) => `${quote(key)}: ${pythonRepr(member)}`)
      .join(', ')}}`
  }
  return quote(`<${typeof value}>`)
}

/** A tuple as Python prints it, cut at `limit` characters like Celery's `argsrepr` (its own limit is 1024). */
export function tupleRepr(values: readonly unknown[], limit = 1024): string {
  if (values.length === 0) return '()'
  const text = values.length === 1 ? `(${pythonRepr(values[0])},)` : `(${values.map(pythonRepr).join(', ')})`
  return cutAt(text, limit)
}

/**
 * What a task's mask lets tools see of its arguments, as a tuple; `(...)` where it can't cope with these: they may be other ones than
 * it was made for.
 */
export function maskedRepr(mask: (...args: never[]) => readonly unknown[], args: () => readonly unknown[]): string {
  try {
    return tupleRepr(mask(...(args() as never[])))
  } catch {
    return '(...)'
  }
}

/** Cuts a text that is too long, with `...` at its end. */
export function cutAt(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 3)}...`
}

function datetimeRepr(date: Date): string {
  const day = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds() * 1000]
  return `datetime.datetime(${[...day, ...shortened(clock)].join(', ')}, tzinfo=datetime.timezone.utc)`
}

function typedRepr({ type, text }: PythonValue): string {
  if (type === 'uuid') return `UUID('${text}')`
  if (type === 'decimal') return `Decimal('${text}')`
  if (type === 'date') return `datetime.date(${text.split('-').map(Number).join(', ')})`
  const [clock = '', sign = '', offset = ''] = text.split(/([+-])/)
  const zone = sign === '' ? '' : `, tzinfo=${zoneRepr(sign, offset)}`
  return `datetime.time(${shortened(clockOf(clock)).join(', ')}${zone})`
}

/** Hours, minutes, seconds and microseconds of `12:30`, `12:30:05` and `12:30:05.250000`. */
function clockOf(text: string): [number, number, number, number] {
  const [hours = 0, minutes = 0, seconds = 0, fraction = 0] = text.split(/[:.]/).map(Number)
  return [hours, minutes, seconds, /\.\d{3}$/.test(text) ? fraction * 1000 : fraction]
}

/** Python leaves out seconds and microseconds that are 0. */
function shortened(clock: readonly number[]): readonly number[] {
  const [, , seconds, microseconds] = clock
  return microseconds === 0 ? clock.slice(0, seconds === 0 ? 2 : 3) : clock
}

/** A timedelta has negative days alone: the rest counts forward from them. */
function zoneRepr(sign: string, offset: string): string {
  const [hours, minutes, seconds, microseconds] = clockOf(offset)
  const size = (hours * 3600 + minutes * 60 + seconds) * 1e6 + microseconds
  if (size === 0) return 'datetime.timezone.utc'
  const days = sign === '-' ? -1 : 0
  const rest = sign === '-' ? 86_400e6 - size : size
  const parts = { days, seconds: Math.floor(rest / 1e6), microseconds: rest % 1e6 }
  const shown = Object.entries(parts).flatMap(([name, part]) => (part === 0 ? [] : [`${name}=${part}`]))
  return `datetime.timezone(datetime.timedelta(${shown.join(', ')}))`
}

/** Text that Python shows as it is, between two quotes. */
const plain = /^[^'\\\n\r\t]*$/

function quote(text: string): string {
  if (plain.test(text)) return `'${text}'`
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`
}
