import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Outcome } from '../../src/engine/outcome.ts'
import type { Job, LogLine } from '../../src/engine/pool/pool.ts'
import { ThreadPool, type ThreadPoolOptions } from '../../src/engine/pool/thread-pool.ts'
import { MemoryLog } from './engine.ts'
import { eventually } from './eventually.ts'

const files = ['faults', 'more-faults', 'probe', 'brief'].map(
  (name) => pathToFileURL(`test/fixtures/tasks/${name}.ts`).href,
)

/** A job on its way: what became of it, once it is known. */
export interface Running {
  readonly job: Job
  readonly outcome: Promise<Outcome>
  /** null while nobody knows. */
  readonly ended: Outcome | null
}

/** A pool of real threads without an engine around it, and a notebook that its tasks write into. */
export class PoolLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'lv-pool-'))
  readonly logger = new MemoryLog()
  /** Task files of the pools, as file URLs. */
  readonly files = files
  /** What tasks have said of themselves: key, state, meta. */
  readonly said: [key: number, state: string, meta: unknown][] = []
  /** What tasks have logged. */
  readonly logged: LogLine[] = []
  readonly #pools: ThreadPool[] = []
  readonly #streams: Promise<void>[] = []
  #streaming = new AbortController()
  #number = 0
  #key = 0

  /** Before each test: a notebook of its own. */
  next(): void {
    this.#number += 1
    this.said.length = 0
  }

  get notebook(): string {
    return join(this.folder, `${this.#number}.txt`)
  }

  notes(): string[] {
    return linesOf(this.notebook)
  }

  /** Lets those that are held go on. */
  letGo(): void {
    writeFileSync(`${this.notebook}.go`, '')
  }

  /** A pool whose threads are all ready. */
  async pool(concurrency: number, options: Partial<ThreadPoolOptions> = {}): Promise<ThreadPool> {
    const pool = new ThreadPool({
      kind: 'threads',
      concurrency,
      files,
      settings: {},
      maxResultBytes: 1_048_576,
      tracing: null,
      maxTasksPerChild: null,
      maxMemoryPerChild: null,
      onState: (...said) => void this.said.push(said),
      onLog: (line) => void this.logged.push(line),
      logger: this.logger,
      ...options,
    })
    this.#pools.push(pool)
    await pool.start()
    // One for each thread, and none ends before all have begun.
    const file = join(this.folder, `ready-${(this.#key += 1)}`)
    const ready = Array.from({ length: concurrency }, () => this.run(pool, 'fault.held', [file], { expectedMs: null }))
    await eventually(() => {
      if (linesOf(file).length < concurrency) throw new Error('some threads are not ready')
    })
    writeFileSync(`${file}.go`, '')
    await outcomesOf(ready)
    return pool
  }

  /** A job that is expected to be short, unless it says otherwise. */
  job(name: string, args: readonly unknown[], change: Partial<Job> = {}): Job {
    this.#key += 1
    return {
      key: this.#key,
      id: `job-${this.#key}`,
      name,
      retries: 0,
      body: JSON.stringify([args, {}, null]),
      bodyEncoding: null,
      expectedMs: 0.01,
      softTimeLimit: null,
      timeLimit: null,
      isolated: false,
      ...change,
    }
  }

  run(pool: ThreadPool, name: string, args: readonly unknown[], change: Partial<Job> = {}): Running {
    const job = this.job(name, args, change)
    const running = { job, outcome: pool.run(job), ended: null as Outcome | null }
    const outcome = running.outcome.then((ended) => (running.ended = ended))
    return Object.assign(running, { outcome })
  }

  /** Runs a job until it has begun, as the worker does: on a busy machine it may have to wait for too long. */
  async insist(...args: Parameters<PoolLab['run']>): Promise<Running> {
    for (;;) {
      const running = this.run(...args)
      if ((await running.outcome).kind !== 'unstarted') return running
    }
  }

  /** Does something again and again, until `stopStreams` or the end of the test. */
  stream(again: () => Promise<void>): void {
    const { signal } = this.#streaming
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        await again()
        // A pool that has ended answers at once: timers must get their turn even so.
        await nextTurn()
      }
    }
    this.#streams.push(run())
  }

  async stopStreams(): Promise<void> {
    this.#streaming.abort()
    await Promise.all(this.#streams.splice(0))
    this.#streaming = new AbortController()
  }

  /** After each test: nothing goes on. */
  async end(): Promise<void> {
    this.#streaming.abort()
    await Promise.all(this.#pools.splice(0).map((pool) => pool.destroy()))
    await this.stopStreams()
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

/** The outcomes of all, in their order. */
export function outcomesOf(running: readonly Running[]): Promise<Outcome[]> {
  return Promise.all(running.map(({ outcome }) => outcome))
}
