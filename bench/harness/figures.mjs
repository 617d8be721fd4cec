/**
 * A figure for people: three digits that count, thousands set apart.
 *
 * @param {number} value
 */
export function figure(value) {
  if (!Number.isFinite(value)) return '–'
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1)
  const digits = Math.abs(value) >= 1000 ? 4 : 3
  const rounded = Number(value.toPrecision(digits))
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 6 })
}
