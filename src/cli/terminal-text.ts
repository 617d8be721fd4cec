/** Text for a terminal of a fixed width. What comes out of messages may hold anything, so nothing is printed as it is. */

/** Control characters, and those that change the direction of text. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Characters that take two columns (Unicode's East Asian Width, wide and full-width), and those that take none. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const narrow = /[\p{Mn}\p{Me}\u200b-\u200f]/u

/** Replaces what a terminal would act on by its number, such as `\x1b`. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) => {
    const hex = character.charCodeAt(0).toString(16)
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`
  })
}

/** JSON text of a value in which what a terminal would act on is written by its number. It is still the same JSON. */
export function printableJson(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replaceAll(unprintable, escaped)
}

/** How many columns a text takes. */
export function columns(text: string): number {
  let count = 0
  for (const character of text) count += narrow.test(character) ? 0 : wide.test(character) ? 2 : 1
  return count
}

/** Cuts a text that is too long, with `…` at its end. */
export function cut(text: string, width: number): string {
  return columns(text) <= width ? text : `${head(text, width - 1)}…`
}

/** Cuts a text or fills it up with blanks. */
export function fit(text: string, width: number): string {
  const kept = cut(text, width)
  return kept + ' '.repeat(width - columns(kept))
}

/** Breaks a text into lines, at blanks where there are any; never empty. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text.trim()
  while (columns(rest) > width) {
    const line = head(rest, width + 1)
    const blank = line.lastIndexOf(' ')
    const end = blank > 0 ? blank : head(rest, width).length
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

/** As much of a text's beginning as fits. */
function head(text: string, width: number): string {
  let [kept, used] = ['', 0]
  for (const character of text) {
    used += columns(character)
    if (used > width) break
    kept += character
  }
  return kept
}
