const units = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/**
 * Reads a length of time: a whole number and its unit, `90s`, `30m`, `12h`, `7d`.
 *
 * @returns milliseconds; null: it is no such text
 */
export function readDuration(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const factor = units.get(unit)
  return number === undefined || factor === undefined ? null : Number(number) * factor
}

/** A length of time in at most four characters, rounded down: `5s`, `59m`, `23h`, `30d`, `27y`. */
export function shortDuration(milliseconds: number): string {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`
  const days = Math.floor(seconds / 86_400)
  return days < 1_000 ? `${days}d` : `${Math.floor(days / 365)}y`
}
