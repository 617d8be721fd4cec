// Runs on Node versions that are too old for Lovage, to be able to say so: no syntax newer than ES2020 here, and
// whatever may have some is imported after the check.
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findNodeProblem } from './version.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * @typedef {object} SetUpOptions
 * @property {'start' | 'test'} purpose to start Lovage, which needs no redis-server where REDIS_URL names another
 *   Redis; or to run the tests too, which always need one
 * @property {string[]} extras what is wanted beside that, for example `chromium`
 */

/**
 * Makes everything ready to run, and says in short lines what it does; in silence where everything is. What cannot be
 * made ready is explained, and ends the process with exit code 1.
 *
 * @param {SetUpOptions} options
 */
export async function setUp(options) {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const problem = findNodeProblem(engines.node, process.version)
  if (problem !== undefined) fail(problem)
  const { exitOnFailure } = await import('./failure.mjs')
  const { prepare } = await import('./prepare.mjs')
  await exitOnFailure(() => prepare(ROOT, options))
}

/**
 * Reads the command line `[--for start|test] [--with EXTRA]...`; without `--for` everything is made ready for tests.
 *
 * @param {string[]} args
 * @returns {SetUpOptions} ends the process with exit code 1 where it has another form
 */
export function readOptions(args) {
  /** @type {SetUpOptions} */
  const options = { purpose: 'test', extras: [] }
  for (let place = 0; place < args.length; place += 2) {
    const option = args[place]
    const value = args[place + 1]
    if (option === '--for' && (value === 'start' || value === 'test')) options.purpose = value
    else if (option === '--with' && value !== undefined) options.extras.push(value)
    else {
      const given = args.slice(place, place + 2).join(' ')
      fail(`expected [--for start|test] [--with EXTRA]..., but was given "${given}"`)
    }
  }
  return options
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`lovage set-up: ${message}\n`)
  process.exit(1)
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  void setUp(readOptions(process.argv.slice(2)))
}
