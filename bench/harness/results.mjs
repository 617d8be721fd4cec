import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './chart.mjs'

/**
 * @typedef {object} Results
 * @property {import('./machine.mjs').Machine} machine
 * @property {boolean} quick
 * @property {number} rounds
 * @property {number} seconds how long the whole took
 * @property {import('./statistics.mjs').RowResult[]} rows
 */

/**
 * Writes the results as JSON, and charts of them: one of all rows, and one of the first row alone.
 *
 * @param {string} folder made where it is missing
 * @param {Results} results
 * @returns {Promise<string[]>} the files
 */
export async function writeResults(folder, results) {
  mkdirSync(folder, { recursive: true })
  const { machine, ...measured } = results
  const { hardware, versions } = machine
  const json = join(folder, 'results.json')
  writeFileSync(
    json,
    `${JSON.stringify({ date: new Date().toISOString(), hardware, versions, ...measured }, null, 2)}\n`,
  )
  const all = join(folder, 'chart.svg')
  writeFileSync(all, chart(results.rows, machine.text))
  const first = results.rows[0]
  if (first === undefined || results.rows.length === 1) return [json, all]
  const alone = join(folder, `${first.name}.svg`)
  writeFileSync(alone, chart([first], machine.text))
  return [json, all, alone]
}
