/** What was read of a JSON text. */
export interface JsonRead {
  /** Its value; where something was lost, null or another number stands in its place. */
  readonly value: unknown
  /** What JavaScript can not hold, in words and without its digits; null: nothing. */
  readonly lost: string | null
}

/** What is expected of all numbers of a text. */
export const exactNumbers = 'numbers that JavaScript can hold'

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const whole = /^-?\d+$/

/** Python's json writes these words, which JSON has not. */
const word = /-?(?:NaN|Infinity)/g

/**
 * JSON.parse, which tells what it would have passed over: it rounds integers beyond 2^53 and makes Infinity of numbers beyond
 * 1.8e308, without a word. Python's NaN and Infinity, which it refuses without a reason, are told too.
 *
 * @throws SyntaxError for what is no JSON
 */
export function readJson(text: string): JsonRead {
  try {
    const value: unknown = JSON.parse(text)
    return { value, lost: hasLarge(value) ? lostIn(text) : null }
  } catch (error) {
    const words: string[] = []
    const without = outsideStrings(text, (part) =>
      part.replaceAll(word, (found) => {
        words.push(found)
        return 'null'
      }),
    )
    const [lost] = words
    if (lost === undefined) throw error
    return { value: JSON.parse(without), lost }
  }
}

/** Whether a value holds a number of which only its text can tell what it was. Nearly none does. */
function hasLarge(value: unknown): boolean {
  // A list of what is left: recursion would end where a value is deep.
  const left: object[] = [[value]]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const member of (Array.isArray(next) ? next : Object.values(next)) as unknown[]) {
      if (typeof member === 'number' && Math.abs(member) > Number.MAX_SAFE_INTEGER) return true
      if (typeof member === 'object' && member !== null) left.push(member)
    }
  }
  return false
}

function lostIn(text: string): string | null {
  const lost: string[] = []
  outsideStrings(text, (part) => {
    for (const [token] of part.matchAll(number)) lost.push(...lostOf(token))
    return part
  })
  return lost[0] ?? null
}

function lostOf(token: string): [string] | [] {
  const value = Number(token)
  if (!Number.isFinite(value)) return ['a number beyond 1.8e308']
  if (!whole.test(token) || Number.isSafeInteger(value)) return []
  return ['an integer beyond 2^53, which would lose digits']
}

/**
 * Changes a JSON text outside of its strings. Without an expression for strings: that would need stack for a long one.
 *
 * @param change is given each part between two strings
 */
export function outsideStrings(text: string, change: (part: string) => string): string {
  let changed = ''
  let at = 0
  while (at < text.length) {
    const quote = text.indexOf('"', at)
    const start = quote < 0 ? text.length : quote
    const end = quote < 0 ? text.length : endOfString(text, quote)
    changed += change(text.slice(at, start)) + text.slice(start, end)
    at = end
  }
  return changed
}

/** The place behind the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0
    while (text[quote - 1 - slashes] === '\\') slashes += 1
    if (slashes % 2 === 0) return quote + 1
  }
  return text.length
}
