/*
 * Measures Lovage beside its peers. What it takes: bench/README.md, or --help.
 *
 * 1. Read the command line.
 * 2. Row by row, round by round: run every contender once, each with a Redis and processes of its own.
 * 3. Print each row's table as soon as it is complete; write everything as JSON and as a chart.
 * 4. Exit code 1 where a contender failed.
 */
import { fileURLToPath } from 'node:url'
import { readArguments, USAGE, UsageError } from './harness/arguments.mjs'
import { describeMachine } from './harness/machine.mjs'
import { describeMeasurement, say } from './harness/progress.mjs'
import { writeResults } from './harness/results.mjs'
import { runOnce } from './harness/run-once.mjs'
import { runRounds } from './harness/rounds.mjs'
import { summarizeRow } from './harness/statistics.mjs'
import { rowText } from './harness/table.mjs'
import { ROWS } from './rows/index.mjs'

const RESULTS = fileURLToPath(new URL('results', import.meta.url))

/** @param {import('./harness/arguments.mjs').Options} options */
async function bench({ quick, only, rounds, out }) {
  const interrupted = new AbortController()
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))
  }
  const machine = await describeMachine()
  process.stdout.write(`${machine.text}\n`)
  const started = Date.now()
  const failures = []
  const results = []
  for (const chosen of ROWS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const row = { ...chosen, contenders: chosen.contenders.filter(({ fullOnly }) => !quick || fullOnly !== true) }
    const rowRounds = Math.min(rounds, row.mostRounds ?? rounds)
    const measurements = await runRounds(row, rowRounds, async (contender, round) => {
      const begun = performance.now()
      const where = `${row.name}, round ${round + 1} of ${rowRounds}: ${contender.title}`
      try {
        const measurement = await runOnce(contender, { quick, signal: interrupted.signal })
        const seconds = (performance.now() - begun) / 1000
        say(`${where}: ${describeMeasurement(row.metrics, measurement)} (${seconds.toFixed(1)} s)`)
        return measurement
      } catch (error) {
        if (interrupted.signal.aborted) throw error
        const reason = error instanceof Error ? error.message : String(error)
        say(`${where}: FAILED: ${reason}`)
        const [first, ...others] = reason.split('\n')
        const cause = others.find((line) => /\berror\b|Error:/i.test(line))
        failures.push(`${row.name}, ${contender.title}: ${first}${cause === undefined ? '' : ` ${cause.trim()}`}`)
        return null
      }
    })
    const result = summarizeRow(row, measurements)
    results.push(result)
    process.stdout.write(`\n${rowText(quick ? { ...result, checks: [] } : result)}\n`)
  }
  const seconds = Math.round((Date.now() - started) / 1000)
  process.stdout.write(`\n${results.length} rows in ${seconds} s\n`)
  // A part of the rows must not take the place of all of them.
  if (out !== null || (!quick && results.length === ROWS.length)) {
    const files = await writeResults(out ?? RESULTS, { machine, quick, rounds, seconds, rows: results })
    process.stdout.write(`${files.join('\n')}\n`)
  }
  if (failures.length === 0) return
  process.stdout.write(`\nfailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}\n`)
  process.exitCode = 1
}

try {
  const options = readArguments(
    process.argv.slice(2),
    ROWS.map(({ name }) => name),
  )
  if (options.help) process.stdout.write(`${USAGE}\n\nrows: ${ROWS.map(({ name }) => name).join(', ')}\n`)
  else await bench(options)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`bench: ${message}\n${error instanceof UsageError ? `\n${USAGE}\n` : ''}`)
  process.exitCode = 1
}
