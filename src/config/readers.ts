/**
 * Turns what a variable or an option holds into a setting's value. What it cannot read it passes on as it came, so that
 * the schema finds the fault and words it like any other.
 */
export type Reader = (raw: unknown) => unknown

export const text: Reader = (raw) => raw

/** Digits only, so that `3000x`, `0x10` and `1e3` are faults. */
export const integer: Reader = (raw) => {
  if (typeof raw !== 'string' || !/^\d+$/.test(raw)) return raw
  const number = Number(raw)
  return Number.isSafeInteger(number) ? number : raw
}

/** A whole number, or `none` for null. */
export const integerOrNone: Reader = (raw) => (raw === 'none' ? null : integer(raw))

/** A text, or `none` for null. */
export const textOrNone: Reader = (raw) => (raw === 'none' ? null : raw)

/** `1` or `true`, `0` or `false`. */
export const boolean: Reader = (raw) => {
  if (raw === '1' || raw === 'true') return true
  if (raw === '0' || raw === 'false') return false
  return raw
}

/** A group as JSON. A name that would reach into every object is left for the schema to refuse. */
export const json: Reader = (raw) => {
  if (typeof raw !== 'string' || raw.includes('__proto__')) return raw
  try {
    return JSON.parse(raw) as unknown
  } catch {
    return raw
  }
}

/** Separated by commas, spaces around them not counted. An option that was given several times comes as an array. */
export const list: Reader = (raw) => {
  const texts: unknown[] = Array.isArray(raw) ? raw : [raw]
  if (!texts.every((item) => typeof item === 'string')) return raw
  return texts.flatMap((item) => item.split(',')).map((item) => item.trim())
}

/** The same, or `none` for null. */
export const listOrNone: Reader = (raw) => (raw === 'none' ? null : list(raw))

/** Whole numbers with commas between them. */
export const integers: Reader = (raw) => {
  const texts = list(raw)
  return Array.isArray(texts) ? texts.map(integer) : texts
}

/** Other names under which Celery's users know a pool. */
const poolNames = new Map([
  ['prefork', 'threads'],
  ['processes', 'threads'],
  ['eventlet', 'async'],
  ['gevent', 'async'],
])

/** A pool's name, Celery's or ours. */
export const pool: Reader = (raw) => (typeof raw === 'string' ? (poolNames.get(raw) ?? raw) : raw)

/** Levels under our names and Celery's. `critical` and `fatal` are the highest there; the highest here is `error`. */
const levelNames = new Map([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
  ['fatal', 'error'],
  ['silent', 'silent'],
])

/** A level's name, Celery's or ours, in any case. */
export const level: Reader = (raw) => (typeof raw === 'string' ? (levelNames.get(raw.toLowerCase()) ?? raw) : raw)
