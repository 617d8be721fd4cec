import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine, type TestEngine, type TestEngineOptions } from './engine.ts'
import { startRedis, type RedisServer } from './redis-server.ts'

/** Engines on the Redis of a suite. */
export interface Engines {
  /** One more, closed after the test. */
  create(options: Omit<TestEngineOptions, 'socketPath'>): Promise<TestEngine>
  /** Closes all that there are, as after the test. @param grace how long tasks may go on, in milliseconds */
  close(grace?: number): Promise<void>
  /** A file that there is not yet, for a task that waits for it; gone after the suite. */
  file(): string
}

/** Starts a Redis before the suite that this is called in, and ends it and all engines on it in time. */
export function useEngines(): Engines {
  let server: RedisServer
  let folder: string
  let engines: TestEngine[] = []
  let number = 0

  before(async () => {
    server = await startRedis()
    folder = mkdtempSync(join(tmpdir(), 'lv-engines-'))
  })
  after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const close = async (grace?: number): Promise<void> => {
    const open = engines
    engines = []
    await Promise.all(open.map((engine) => engine.close(grace)))
  }
  afterEach(() => close())

  return {
    close,
    create: async (options) => {
      const engine = await createEngine({ socketPath: server.socketPath, ...options })
      engines.push(engine)
      return engine
    },
    file: () => join(folder, `${(number += 1)}.go`),
  }
}
