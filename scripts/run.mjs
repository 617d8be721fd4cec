import { spawn } from 'node:child_process'
import { SetUpError } from './failure.mjs'
import { startProgress } from './say.mjs'

/** How much of a command's output is kept for the case that it fails, in characters. */
const KEPT_CHARACTERS = 65_536
/** How long a command may take to end after SIGINT, in milliseconds. */
const GRACE_MS = 5_000

/**
 * @typedef {object} RunOptions
 * @property {string} label what the command does, for the progress line
 * @property {string} cwd the folder to run it in
 * @property {Record<string, string>} [environment] set beside this process's own
 * @property {number} [tailLines] how many of the last lines of output to show when it fails; all by default
 * @property {boolean} [patient] never kill it: wait for as long as it takes to end after SIGINT
 */

/** @type {Map<import('node:child_process').ChildProcess, RunOptions>} */
const running = new Map()

/**
 * Runs a command without its output, and says how long it takes. It is started as the leader of a process group, so that
 * whatever it starts (a compiler, say) can be ended with it.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {RunOptions} options
 * @throws {SetUpError} with its output, when it cannot be started or does not exit with 0
 */
export async function run(file, args, options) {
  const finish = startProgress(options.label)
  let output = ''
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-KEPT_CHARACTERS)
    })
  }
  running.set(child, options)
  /** @type {string | undefined} */
  const problem = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`),
    )
  })
  running.delete(child)
  finish(problem === undefined ? 'done' : 'failed')
  if (problem !== undefined) {
    const lines = output
      .trim()
      .split('\n')
      .slice(-(options.tailLines ?? Infinity))
    throw new SetUpError(`\`${[file, ...args].join(' ')}\` ${problem}`, lines.join('\n'))
  }
}

/**
 * From now on SIGINT and SIGTERM end the running commands, and then this process. A second signal does not wait.
 *
 * @returns {() => void} gives the signals back
 */
export function endWithCommandsOnSignal() {
  let asked = false
  const onSignal = (/** @type {'SIGINT' | 'SIGTERM'} */ signal) => {
    const exit = () => process.exit(signal === 'SIGINT' ? 130 : 143)
    if (asked) {
      signalAll('SIGKILL')
      exit()
    }
    asked = true
    void endCommands().then(exit)
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

/** SIGINT first: npm then puts node_modules back, make deletes half a file, apt-get ends between two packages. */
async function endCommands() {
  const ended = [...running.keys()].map((child) => new Promise((resolve) => child.once('close', resolve)))
  signalAll('SIGINT')
  setTimeout(() => signalAll('SIGKILL', ({ patient }) => !patient), GRACE_MS).unref()
  await Promise.all(ended)
}

/**
 * @param {NodeJS.Signals} signal
 * @param {(options: RunOptions) => boolean} [chosen]
 */
function signalAll(signal, chosen = () => true) {
  for (const [child, options] of running) {
    if (child.pid === undefined || !chosen(options)) continue
    try {
      process.kill(-child.pid, signal)
    } catch {
      // It has just ended, or sudo made it another user's: then it ends by itself.
    }
  }
}
