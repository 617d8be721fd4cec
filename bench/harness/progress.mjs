import { figure } from './figures.mjs'

/** Says a line on standard error, which leaves standard output to the results. @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`)
}

/**
 * @param {Record<string, import('./types.ts').Metric>} metrics
 * @param {import('./types.ts').Measurement} measurement
 * @returns {string} `tasks/s: 103,000`
 */
export function describeMeasurement(metrics, measurement) {
  return Object.entries(metrics)
    .flatMap(([name, { title }]) => (measurement[name] === undefined ? [] : [`${title}: ${figure(measurement[name])}`]))
    .join('; ')
}
