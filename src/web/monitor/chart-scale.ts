/**
 * Where a chart's scale ends, so that it rests while values change a little: at the next of 1, 2, 5, 10, 20, 50 and so on.
 *
 * @param most the highest value; null, or one that is not above zero, gives 1
 */
export function roundUpScale(most: number | null): number {
  if (most === null || !(most > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  return ([1, 2, 5].find((step) => step * power >= most) ?? 10) * power
}
