import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import {
  autodiscover,
  BrokerKeys,
  Client,
  RedisBroker,
  RedisMembership,
  RedisResults,
  SoloPool,
  ThreadPool,
  Worker,
  type PoolKind,
} from '../../src/engine/index.ts'

const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** A log that keeps its lines. */
export class MemoryLog {
  readonly lines: { level: string; message: string; fields: object }[] = []
  debug = this.#keep('debug')
  info = this.#keep('info')
  warn = this.#keep('warn')
  error = this.#keep('error')

  #keep(level: string): (fields: object, message: string) => void {
    return (fields, message) => void this.lines.push({ level, message, fields })
  }

  has(message: string): boolean {
    return this.lines.some((line) => line.message.includes(message))
  }
}

export interface TestEngineOptions {
  socketPath: string
  /** Keys of one test never meet another's. */
  prefix?: string
  concurrency?: number
  pool?: PoolKind
  tasks?: string[]
  node?: string
  leaseMs?: number
  queues?: string[]
  asideMax?: number
  commandTimeout?: number
  settings?: Record<string, unknown>
}

/** A whole engine on a real Redis: what the command builds, for tests. */
export async function createEngine(options: TestEngineOptions) {
  const prefix = options.prefix ?? `test-${randomUUID()}:`
  const { concurrency = 4, leaseMs = 30_000, queues = ['celery'], pool: kind = 'threads', settings = {} } = options
  const connection = { path: options.socketPath, db: 10, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false }
  const { commandTimeout } = options
  const redis = new Redis({ ...connection, ...(commandTimeout !== undefined && { commandTimeout }) })
  const blocking = new Redis(connection)
  for (const client of [redis, blocking]) client.on('error', () => {})
  const logger = new MemoryLog()
  const keys = new BrokerKeys(prefix)
  const membership = new RedisMembership({ redis, keys, node: options.node ?? 'test', leaseMs })
  const dropped: string[] = []
  const broker = new RedisBroker({
    redis,
    blocking,
    keys,
    queues,
    membership,
    asideLimits: { max: options.asideMax ?? 1000, days: 30 },
    onDropped: (aside, count) => void dropped.push(`${aside}:${count}`),
  })
  const results = new RedisResults({ redis, sharesBroker: true, ttlSeconds: 100 })
  const catalogue = await autodiscover(options.tasks ?? ['test/fixtures/tasks/probe.ts'], [projectRoot])
  const pool =
    kind === 'solo'
      ? new SoloPool(catalogue.tasks, settings)
      : new ThreadPool({ kind, concurrency, files: catalogue.files, settings })
  const worker = new Worker({ broker, membership, results, pool, tasks: catalogue.tasks, leaseMs, logger })
  const client = new Client({ broker, defaultQueue: 'celery', origin: '1@test', onSent: () => worker.notify() })
  return {
    redis,
    blocking,
    keys,
    broker,
    membership,
    results,
    worker,
    client,
    pool,
    logger,
    dropped,
    /** A task's result as the backend holds it, null before it is there. */
    async result(id: string): Promise<{ status: string; result: unknown } | null> {
      const json = await redis.get(`celery-task-meta-${id}`)
      return json === null ? null : (JSON.parse(json) as { status: string; result: unknown })
    },
    async claims(): Promise<number> {
      return redis.hlen(keys.claims(membership.node, membership.epoch))
    },
    async aside(kind: string): Promise<{ raw: Buffer | null; note: Record<string, unknown> }[]> {
      const key = keys.aside(kind, 'celery')
      const entries = await redis.zrange(key, '0', '-1')
      return Promise.all(
        entries.map(async (entry) => ({
          raw: await redis.getBuffer(`${key}:m:${entry}`),
          note: JSON.parse((await redis.hget(`${key}:n`, entry)) ?? '{}') as Record<string, unknown>,
        })),
      )
    },
    async close(graceMs = 5_000): Promise<void> {
      if (worker.node !== '') await worker.stop(new Promise((resolve) => setTimeout(resolve, graceMs).unref()))
      else await pool.destroy()
      redis.disconnect()
      blocking.disconnect()
    },
  }
}

export type TestEngine = Awaited<ReturnType<typeof createEngine>>
