export const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** No more than `most` in any `ms` milliseconds. */
export type Limit = readonly [most: number, ms: number]

/** The limits that are not switched off. */
export function limitsOf(...given: readonly (readonly [most: number | null, ms: number])[]): Limit[] {
  return given.flatMap(([most, ms]) => (most === null ? [] : [[most, ms] as const]))
}
