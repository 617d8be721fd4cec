import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'

/** How much of a process's output is kept to explain its failure, in characters. */
const KEPT = 8_192
/** How long a process may take to end after SIGTERM, in milliseconds; then it is killed. */
const GRACE_MS = 5_000

/**
 * The processes of one run. One that ends by itself with another exit code than 0 is a failure, which `failed` rejects
 * with, so that nobody waits for what will never come.
 *
 * @implements {import('./types.ts').Processes}
 */
export class Processes {
  /** @type {Set<import('node:child_process').ChildProcess>} */
  #running = new Set()
  #ending = false
  /** @type {(error: Error) => void} */
  #fail = () => undefined
  /** Never resolves. @type {Promise<never>} */
  failed = new Promise((_, reject) => (this.#fail = reject))

  constructor() {
    this.failed.catch(() => undefined)
  }

  /**
   * @param {readonly string[]} command the program and its arguments
   * @param {import('./types.ts').StartOptions} [options]
   * @returns {import('./types.ts').Started}
   */
  start([program = '', ...args], { cwd, env } = {}) {
    const child = spawn(program, args, {
      cwd,
      // A group of its own: Ctrl-C is for the harness, which ends what it started, and what that has started.
      detached: true,
      env: { ...process.env, NODE_ENV: 'production', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#running.add(child)
    const output = new Output(child)
    const shown = [program, ...args].map((part) => (part.startsWith('/') ? basename(part) : part)).join(' ')
    child.once('error', (error) => this.#fail(new Error(`${shown}: ${error.message}`)))
    child.once('close', (code, signal) => {
      this.#running.delete(child)
      if (this.#ending || output.wanted) return
      if (code !== 0) this.#fail(new Error(`${shown} ended with ${signal ?? `exit code ${code}`}:\n${output.tail}`))
    })
    child.stdin.on('error', () => undefined)
    return {
      pid: child.pid ?? 0,
      said: (pattern) => Promise.race([output.line(pattern, shown), this.failed]),
      tell: (line) => void child.stdin.write(`${line}\n`),
      end: async () => {
        output.wanted = true
        await endChild(child)
      },
    }
  }

  /**
   * Runs a program to its end.
   *
   * @param {readonly string[]} command
   * @param {import('./types.ts').StartOptions} [options]
   * @returns {Promise<Record<string, number>>} what it wrote as its last line, read as JSON
   */
  async json(command, options) {
    const started = this.start(command, options)
    const line = await started.said(/^\{.*\}$/)
    await started.end()
    return JSON.parse(line)
  }

  /** Ends what is still running. */
  async endAll() {
    this.#ending = true
    await Promise.all([...this.#running].map(endChild))
  }
}

/** The lines that a process writes, and the end of what it says on both ways. */
class Output {
  tail = ''
  /** Whether it was asked to end. */
  wanted = false
  /** @type {string[]} */
  #lines = []
  #rest = ''
  #closed = false
  /** @type {() => void} */
  #changed = () => undefined

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#keep(text)
      const lines = (this.#rest + text).split('\n')
      this.#rest = lines.pop() ?? ''
      this.#lines.push(...lines)
      this.#changed()
    })
    child.stderr?.setEncoding('utf8').on('data', (text) => this.#keep(text))
    child.once('close', () => {
      this.#closed = true
      this.#changed()
    })
  }

  /** @param {RegExp} pattern @param {string} shown */
  async line(pattern, shown) {
    for (;;) {
      const place = this.#lines.findIndex((line) => pattern.test(line))
      if (place >= 0) return /** @type {string} */ (this.#lines.splice(0, place + 1).at(-1))
      if (this.#closed) throw new Error(`${shown} ended without saying ${pattern}:\n${this.tail}`)
      await new Promise((resolve) => (this.#changed = () => resolve(undefined)))
    }
  }

  /** @param {string} text */
  #keep(text) {
    this.tail = (this.tail + text).slice(-KEPT)
  }
}

/** @param {import('node:child_process').ChildProcess} child */
async function endChild(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = once(child, 'close')
  const signal = (/** @type {NodeJS.Signals} */ name) => {
    try {
      process.kill(-(child.pid ?? 0), name)
    } catch {
      // It has just ended.
    }
  }
  child.kill('SIGTERM')
  const timer = setTimeout(() => signal('SIGKILL'), GRACE_MS)
  await closed
  clearTimeout(timer)
  // What it had started, should it have left any behind.
  signal('SIGKILL')
}
