import { figure } from './figures.mjs'

/** Says a line on standard error, which leaves standard output to the results. @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`)
}

/**
 * @param {Record<string, import('./types.ts').Metric>} metrics
 * @param {import('./types.ts').Measurement} measurement
 * @returns {string} `103,000 tasks/s`
 */
export function describeMeasurement(metrics, measurement) {
  return Object.entries(metrics)
    .flatMap(([name, { title }]) => (measurement[name] === undefined ? [] : [`${figure(measurement[name])} ${title}`]))
    .join(', ')
}
