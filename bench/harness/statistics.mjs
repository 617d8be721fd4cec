/**
 * @param {readonly number[]} values at least one
 * @param {number} share 0 to 1
 * @returns {number} the value below which this share of all lies, between two of them where it falls there
 */
export function quantile(values, share) {
  const sorted = values.toSorted((one, other) => one - other)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

/** @param {readonly number[]} values at least one */
export function median(values) {
  return quantile(values, 0.5)
}

/**
 * @typedef {object} Summary
 * @property {number[]} values in the order of the rounds
 * @property {number} median
 * @property {number} least
 * @property {number} most
 */

/** @param {readonly number[]} values at least one @returns {Summary} */
export function summarize(values) {
  return { values: [...values], median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/**
 * What a row has shown.
 *
 * @param {import('./types.ts').Row} row
 * @param {ReadonlyMap<string, readonly import('./types.ts').Measurement[]>} measurements by contender
 * @returns {RowResult}
 *
 * @typedef {object} RowResult
 * @property {string} name
 * @property {string} title
 * @property {string} requirement
 * @property {Record<string, import('./types.ts').Metric>} metrics
 * @property {{ name: string, title: string, base: string, metrics: Record<string, Summary> }[]} contenders those that were measured
 * @property {CheckResult[]} checks those whose contenders were measured
 *
 * @typedef {object} CheckResult
 * @property {string} text
 * @property {number} value
 * @property {number | null} atLeast
 * @property {number | null} atMost
 * @property {string} unit
 * @property {boolean} met
 */
export function summarizeRow({ name, title, requirement, metrics, contenders, checks }, measurements) {
  const measured = contenders.flatMap((contender) => {
    const runs = measurements.get(contender.name) ?? []
    if (runs.length === 0) return []
    const summaries = Object.keys(metrics).flatMap((metric) => {
      const values = runs.map((run) => run[metric]).filter((value) => value !== undefined)
      return values.length === 0 ? [] : [[metric, summarize(values)]]
    })
    const { name, title, base = contenders[0]?.name ?? name } = contender
    return [{ name, title, base, metrics: Object.fromEntries(summaries) }]
  })
  const [main = ''] = Object.keys(metrics)
  const medianOf = (/** @type {string} */ contender, metric = main) =>
    measured.find((entry) => entry.name === contender)?.metrics[metric]?.median ?? Number.NaN
  const results = checks.flatMap(({ text, value: compute, atLeast, atMost, unit = '' }) => {
    const value = compute(medianOf)
    if (Number.isNaN(value)) return []
    const met = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity)
    return [{ text, value, atLeast: atLeast ?? null, atMost: atMost ?? null, unit, met }]
  })
  return { name, title, requirement, metrics, contenders: measured, checks: results }
}
