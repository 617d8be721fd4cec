import { existsSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { SetUpError } from './failure.mjs'
import { run } from './run.mjs'

/** What npm writes last, when node_modules is complete. */
const INSTALLED = 'node_modules/.package-lock.json'
/** What sqlite3's compilation gives. */
const SQLITE3 = 'node_modules/sqlite3/build/Release/node_sqlite3.node'

/** Where nothing is there yet: exactly what package-lock.json names. */
const INSTALL_ALL = ['ci', '--include=dev']
/** Where package-lock.json has changed. Not `npm ci`: it deletes node_modules first, and sqlite3 is compiled again. */
const INSTALL = ['install', '--no-save', '--include=dev']
const COMPILE = ['rebuild', 'sqlite3']

/**
 * What npm has to do before the project can run.
 *
 * @param {string} root the project's folder
 * @param {{ toBuild: boolean }} options whether the tools to build with are needed
 * @returns {string[] | undefined} npm's arguments, undefined where there is nothing to do
 */
export function chooseNpmCommand(root, { toBuild }) {
  const isOutdated = readTime(root, 'package-lock.json') > readTime(root, INSTALLED)
  const lacksTools = toBuild && !existsSync(join(root, 'node_modules/typescript'))
  if (!existsSync(join(root, INSTALLED))) return INSTALL_ALL
  if (isOutdated || lacksTools) return INSTALL
  // An installation that was ended while it compiled: npm does not compile again what it has unpacked.
  return existsSync(join(root, SQLITE3)) ? undefined : COMPILE
}

/**
 * @param {string} root the project's folder
 * @returns {boolean} whether npm will have to compile sqlite3
 */
export function mustCompile(root) {
  return !existsSync(join(root, INSTALLED)) || !existsSync(join(root, SQLITE3))
}

/**
 * @param {string} root the project's folder
 * @param {{ toBuild: boolean }} options
 * @throws {SetUpError} with the end of npm's output
 */
export async function installDependencies(root, options) {
  const command = chooseNpmCommand(root, options)
  if (command === undefined) return
  await runNpm(root, command)
  if (!existsSync(join(root, SQLITE3)) && command !== COMPILE) await runNpm(root, COMPILE)
  if (!existsSync(join(root, SQLITE3))) {
    throw new SetUpError(
      `npm has not compiled sqlite3: ${SQLITE3} is missing. Does npm's setting ignore-scripts forbid it?`,
    )
  }
  // npm leaves this file as it is where it finds nothing to change.
  utimesSync(join(root, INSTALLED), new Date(), new Date())
}

/** @param {string} root @param {string[]} args */
async function runNpm(root, args) {
  const tasks = args === COMPILE ? [] : ['installing npm packages']
  if (mustCompile(root)) tasks.push('compiling sqlite3, which takes a minute or two')
  await run('npm', args, { label: tasks.join(' and '), cwd: root, tailLines: 60 })
}

/** @param {string} root @param {string} file @returns {number} when it was changed, in milliseconds; 0 where it is missing */
function readTime(root, file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
