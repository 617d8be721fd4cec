import { CeleryApp, celeryUrl } from '../support/celery.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../support/engine.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

/** What stands on one Redis. */
export interface Interop {
  readonly app: CeleryApp
  readonly engine: TestEngine
}

/** A real Celery and an engine of ours on one Redis: no process of either works there before it is told to. */
export class InteropLab {
  readonly #source: string
  readonly #options: Partial<TestEngineOptions>
  #server: RedisServer | null = null
  #open: Interop | null = null

  /** @param source the Celery application's Python */
  constructor(source: string, options: Partial<TestEngineOptions> = {}) {
    this.#source = source
    this.#options = options
  }

  async open(): Promise<Interop> {
    const server = await startRedis()
    this.#server = server
    const app = new CeleryApp({ url: celeryUrl(server.socketPath), source: this.#source })
    const engine = await createEngine({ socketPath: server.socketPath, prefix: '', ...this.#options })
    this.#open = { app, engine }
    return this.#open
  }

  async close(): Promise<void> {
    await this.#open?.engine.close()
    await this.#open?.app.close()
    await this.#server?.stop()
  }
}
