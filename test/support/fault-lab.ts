import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AsyncResult } from '../../src/engine/index.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from './engine.ts'
import { startRedis, type RedisServer } from './redis-server.ts'

/** A Redis for a file of fault tests, engines on it, and a notebook that their tasks write into. */
export class FaultLab {
  readonly #engines: TestEngine[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'lv-faults-'))
  #server: RedisServer | null = null
  #prefix = ''
  #number = 0

  async open(): Promise<void> {
    this.#server = await startRedis()
  }

  /** Before each test: keys and a notebook of its own. */
  next(): void {
    this.#number += 1
    this.#prefix = `faults-${process.pid}-${this.#number}:`
  }

  get server(): RedisServer {
    if (this.#server === null) throw new Error('the lab is not open')
    return this.#server
  }

  /** The file that tasks note into. */
  get notebook(): string {
    return join(this.#folder, `${this.#number}.txt`)
  }

  /** What has been noted, a line each. */
  notes(): string[] {
    return existsSync(this.notebook) ? readFileSync(this.notebook, 'utf8').trim().split('\n') : []
  }

  /** An engine with the tasks that go wrong; its worker is not started. */
  async engine(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const engine = await createEngine({
      socketPath: this.server.socketPath,
      prefix: this.#prefix,
      concurrency: 2,
      tasks: ['test/fixtures/tasks/faults.ts', 'test/fixtures/tasks/more-faults.ts'],
      ...options,
    })
    this.#engines.push(engine)
    return engine
  }

  /** The same, started. */
  async worker(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const engine = await this.engine(options)
    await engine.worker.start()
    return engine
  }

  /** After each test: nothing goes on. */
  async end(): Promise<void> {
    await Promise.all(this.#engines.splice(0).map((engine) => engine.close(0)))
  }

  async close(): Promise<void> {
    await this.#server?.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** What a task ended with: its result, or the error that waiting for it gave. */
export async function outcomeOf(sent: Promise<AsyncResult>, timeout = 15): Promise<unknown> {
  const result = await sent
  return result.get({ timeout }).catch((error: unknown) => error)
}
