/** A mobile of the Chinese mainland, with or without its country's code. */
const mainland = /^(?:\+?86|0086)?(1[3-9]\d{9})$/

/** The eleven digits of a number of the Chinese mainland; null for any other number. */
export function mainlandDigits(mobile: string): string | null {
  return mainland.exec(mobile)?.[1] ?? null
}

/**
 * A number in E.164: `+` and the country's code in front. A number of the Chinese mainland may come without it, any other must have
 * it, behind `+` or `00`.
 *
 * @returns null where nobody can know the country
 */
export function e164(mobile: string): string | null {
  const digits = mainlandDigits(mobile)
  if (digits !== null) return `+86${digits}`
  const [, rest] = /^(?:\+|00)([1-9]\d{6,14})$/.exec(mobile) ?? []
  return rest === undefined ? null : `+${rest}`
}

/** As Chinese providers want it: eleven digits for the mainland, else the country's code and the number, without a `+`. */
export function chineseForm(mobile: string): string {
  return mainlandDigits(mobile) ?? e164(mobile)?.slice(1) ?? mobile
}
