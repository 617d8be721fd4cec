import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { failureOf, type Outcome } from '../outcome.ts'
import type { Job, Pool, PoolKind, ThreadData } from './pool.ts'

/** How long a thread above the number of processors stays without work, in milliseconds. */
const idleTimeoutMs = 60_000

/** What a thread pool is made of. */
export interface ThreadPoolOptions extends ThreadData {
  /** `threads`: one task per thread. `async`: the tasks are spread over a few threads, many on each. */
  readonly kind: 'threads' | 'async'
  /** How many tasks run at once, 1 or more. */
  readonly concurrency: number
}

/**
 * Worker threads, by Piscina.
 *
 * 1. start: as many threads as there are processors (or tasks, if fewer) load the task files.
 * 2. run: a job goes to a free thread; more threads start on demand, up to the concurrency.
 * 3. A thread that dies takes down only the tasks on it: they get the outcome `lost`, and another thread takes its place.
 */
export class ThreadPool implements Pool {
  readonly kind: PoolKind
  readonly concurrency: number
  readonly #piscina: Piscina<Job, Outcome>

  constructor(options: ThreadPoolOptions) {
    this.kind = options.kind
    this.concurrency = options.concurrency
    const processors = availableParallelism()
    const threads = options.kind === 'threads' ? options.concurrency : Math.min(options.concurrency, processors)
    const data = { files: options.files, settings: options.settings, typescript: import.meta.url.endsWith('.ts') }
    this.#piscina = new Piscina<Job, Outcome>({
      filename: fileURLToPath(new URL('./bootstrap.mjs', import.meta.url)),
      name: 'run',
      minThreads: Math.min(threads, processors),
      maxThreads: threads,
      concurrentTasksPerWorker: Math.ceil(options.concurrency / threads),
      idleTimeout: idleTimeoutMs,
      // 'sync', the default, freezes a thread's event loop between tasks: timers and keep-alive connections would stop.
      atomics: 'async',
      recordTiming: false,
      workerData: data satisfies ThreadData & { typescript: boolean },
    })
    // An error outside any task: the thread is replaced by Piscina. Without a listener it would end the process.
    this.#piscina.on('error', () => {})
  }

  async start(): Promise<void> {
    // Piscina starts its threads when it is made; task files were already checked on the main thread.
  }

  async run(job: Job): Promise<Outcome> {
    const started = performance.now()
    try {
      return await this.#piscina.run(job)
    } catch (error) {
      return { kind: 'lost', error: failureOf(error), runtimeMs: performance.now() - started }
    }
  }

  async destroy(): Promise<void> {
    await this.#piscina.destroy()
  }
}
