import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProcessOutput } from './process-output.ts'
import { signalIfThere } from './signal-if-there.ts'

/** The system's Python: its packages have Celery (Debian: python3-celery, python3-redis). */
const python = '/usr/bin/python3'
const moduleName = 'lovage_celery'

/** What each app's module begins with; the tasks follow. */
const preamble = `
import json, os, time
from celery import Celery
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'conf.json')) as file:
    conf = json.load(file)
app = Celery('${moduleName}')
app.conf.update(conf)
`

/** Address of a Redis on a Unix socket, as Celery takes it. */
export function celeryUrl(socketPath: string, database = 10): string {
  return `redis+socket://${socketPath}?virtual_host=${database}`
}

export interface CeleryAppOptions {
  /** Broker and result backend: `celeryUrl(...)`, or `redis://127.0.0.1:<port>/<database>`. */
  url: string
  /** Python: the tasks. `app`, `json`, `os` and `time` are there. */
  source: string
  /** Celery's settings, by their lower-case names: `{ task_acks_late: true }`. */
  conf?: Record<string, unknown>
}

export interface CeleryWorkerOptions {
  queues?: string[]
  /** Default 1. */
  concurrency?: number
  /** Default `prefork`, as in Celery. */
  pool?: 'prefork' | 'solo' | 'threads'
  /** More arguments of `celery worker`. */
  args?: string[]
}

/** A Celery worker that runs, in a process group of its own. */
export class CeleryWorker {
  readonly pid: number
  readonly output: ProcessOutput
  /** How it ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>

  constructor(child: ChildProcess, pid: number) {
    this.pid = pid
    this.output = new ProcessOutput(child)
    this.#child = child
    this.#closed = once(child, 'close')
    this.exited = once(child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }))
    // A test run that ends by an exception must not leave it behind.
    process.once('exit', this.#killGroup)
    child.once('exit', () => {
      process.off('exit', this.#killGroup)
      // Processes of a pool outlive a main process that was killed.
      this.#killGroup()
    })
  }

  /** Whether its main process lives. */
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** kill -9 of the whole worker: its main process and those that run the tasks, which are gone too when this resolves. */
  async kill(): Promise<void> {
    if (this.alive) this.#killGroup()
    // Those that run the tasks have inherited the main process's connections and its output. As long as one of them is left,
    // the broker believes that somebody waits for a message, and gives it away.
    await this.#closed
  }

  /** A warm shutdown: what runs ends. Whoever is not gone after `graceMs` is killed. */
  async stop(graceMs = 10_000): Promise<void> {
    if (this.alive) this.#child.kill('SIGTERM')
    const clock = setTimeout(this.#killGroup, graceMs)
    await this.exited
    clearTimeout(clock)
  }

  /** Called up to the moment of its end and no later: after that the number may name another group. */
  readonly #killGroup = (): void => signalIfThere(-this.pid, 'SIGKILL')
}

/** A Celery app of a test, in a temporary folder: its workers, and clients that send to them. */
export class CeleryApp {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lovage-celery-'))
  readonly #workers: CeleryWorker[] = []

  constructor({ url, source, conf = {} }: CeleryAppOptions) {
    writeFileSync(join(this.#folder, `${moduleName}.py`), `${preamble}\n${source}\n`)
    const settings = { broker_url: url, result_backend: url, ...conf }
    writeFileSync(join(this.#folder, 'conf.json'), JSON.stringify(settings))
  }

  /**
   * Starts a worker and waits until it says that it is ready.
   *
   * @throws with what it printed, when it ends or is not ready within 30 s
   */
  async startWorker(options: CeleryWorkerOptions = {}): Promise<CeleryWorker> {
    const { queues = ['celery'], concurrency = 1, pool = 'prefork', args = [] } = options
    const number = this.#workers.length + 1
    const child = this.#spawn(
      [
        ['-m', 'celery', '-A', moduleName, 'worker', '-n', `test-${process.pid}-${number}@%h`, '-l', 'info'],
        ['-Q', queues.join(','), '-c', String(concurrency), '-P', pool, '--without-gossip', '--without-mingle'],
        args,
      ].flat(),
      { detached: true },
    )
    await once(child, 'spawn')
    if (child.pid === undefined) throw new Error('the Celery worker has no process id')
    const worker = new CeleryWorker(child, child.pid)
    this.#workers.push(worker)
    try {
      await worker.output.waitFor(/ ready\.$/m, 30_000)
    } catch (error) {
      await worker.kill()
      throw error
    }
    return worker
  }

  /**
   * Runs a piece of Python as a client of this app, with everything in its module at hand.
   *
   * @param snippet whole lines; what it puts in `answer` comes back by way of JSON
   * @throws with what it printed, when it fails or does not end within 30 s
   */
  async run(snippet: string): Promise<unknown> {
    const code = `import json\nanswer = None\nfrom ${moduleName} import *\n${snippet}\nprint('answer:' + json.dumps(answer))`
    const child = this.#spawn(['-c', code], { detached: false })
    const output = new ProcessOutput(child)
    const clock = setTimeout(() => child.kill('SIGKILL'), 30_000)
    const closed = once(child, 'close').finally(() => clearTimeout(clock))
    const [status, signal] = (await closed) as [number | null, string | null]
    const line = /^answer:(.*)$/m.exec(output.stdout)?.[1]
    if (status !== 0 || line === undefined)
      throw new Error(`expected the Python client to end well, it ended with ${status ?? signal}:\n${output.text()}`)
    return JSON.parse(line) as unknown
  }

  /**
   * Runs `celery <words>` to its end, or for 30 s at most, in this app's folder and without its module.
   *
   * @returns what it printed on standard output
   */
  async command(...words: string[]): Promise<{ code: number | null; stdout: string }> {
    const child = this.#spawn(['-m', 'celery', ...words], { detached: false })
    const output = new ProcessOutput(child)
    const clock = setTimeout(() => child.kill('SIGKILL'), 30_000)
    const [code] = (await once(child, 'close').finally(() => clearTimeout(clock))) as [number | null]
    return { code, stdout: output.stdout }
  }

  /** Ends its workers and removes its folder. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #spawn(args: readonly string[], { detached }: { detached: boolean }): ChildProcess {
    // Celery takes addresses and settings from the environment before its own.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(CELERY|PYTHON)/.test(name))
    const env = { ...Object.fromEntries(inherited), PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' }
    return spawn(python, args, { cwd: this.#folder, env, detached, stdio: ['ignore', 'pipe', 'pipe'] })
  }
}
