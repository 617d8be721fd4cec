import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded, type EmbeddedRedis } from '../redis/embedded.ts'
import { formatEndpoint } from '../redis/endpoint.ts'

/** A Redis of a test's own. */
export interface TestRedis extends AsyncDisposable {
  /** The Unix socket that it listens on; it has no port. */
  readonly socketPath: string
  /** Its address as `REDIS_URL`, `lovage -b` and Celery's clients of redis-py take it. @param database 0 to 15, default 0 */
  url(database?: number): string
  /** Stops it and removes its folder. Close your connections before. May be called twice. */
  stop(): Promise<void>
}

const silent = { info: () => {}, warn: () => {}, error: () => {} }

/**
 * Starts the machine's `redis-server` or `valkey-server` for a test, in a new folder under the system's temporary one. Any number may run
 * at once. It keeps nothing beyond its end. Where the process ends without `stop()` (but for kill -9) it goes too.
 *
 * @param options.serverCommand program to start, in place of the one from PATH
 * @throws RedisSetupError NO_SERVER, SERVER_ENDED, SERVER_STUCK, NOT_READY
 */
export async function startEmbeddedRedis(options: { readonly serverCommand?: string } = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-test-'))
  let redis: EmbeddedRedis
  try {
    redis = await startEmbedded({ folder, appendfsync: 'no', logger: silent, ...options })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  const abandon = (): void => {
    try {
      process.kill(redis.pid, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // It has gone before, or still writes: an exit must not fail because of it.
    }
  }
  process.once('exit', abandon)
  let stopped: Promise<void> | null = null
  const stop = async (): Promise<void> => {
    await redis.stop()
    process.off('exit', abandon)
    await rm(folder, { recursive: true, force: true })
  }
  const { socketPath } = redis.address(0) as { socketPath: string }
  return {
    socketPath,
    url: (database = 0) => {
      redis.address(database)
      const access = { username: null, password: null, database, query: {} }
      return formatEndpoint({ kind: 'socket', path: socketPath, ...access }, { masked: false })
    },
    stop: () => (stopped ??= stop()),
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  }
}
