import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import type { Claim } from '../../src/engine/broker/broker.ts'
import {
  autodiscover,
  BrokerKeys,
  createEngine as createRealEngine,
  type BeatSettings,
  type EngineEvents,
  type EngineLimits,
  type EngineRecords,
  type NodeFacts,
  type PoolKind,
  type Tracer,
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

/** Bounds that no test reaches by accident. */
export const defaultLimits: EngineLimits = {
  leaseMs: 30_000,
  visibilityTimeoutMs: 3_600_000,
  enqueueTimeoutMs: 1_500,
  maxQueueLength: null,
  maxQueueAgeMs: null,
  maxBytesHeld: 64 * 1024 * 1024,
  maxPerSlot: null,
  maxCrashes: 3,
  resultTtlSeconds: 100,
  deadLetters: { max: 1_000, days: 30 },
  revocations: { max: 1_000, days: 30 },
  timeLimit: null,
  softTimeLimit: null,
}

/** Bounds of records that no test reaches by accident. */
export const manyRecords: EngineRecords = { max: 10_000, maxBytes: 64 * 1024 * 1024, days: 7, perSecond: 10_000 }

/** What a process may tell of itself by remote control. */
export const someFacts: NodeFacts = {
  broker: { transport: 'redis', virtual_host: '10' },
  conf: (withDefaults) => ({ task_default_queue: 'celery', ...(withDefaults && { enable_utc: true }) }),
  report: () => 'a report',
}

export interface TestEngineOptions {
  socketPath: string
  /** Keys of one test never meet another's. */
  prefix?: string
  concurrency?: number
  others?: { threads: number; async: number }
  pool?: PoolKind
  tasks?: string[]
  node?: string
  queues?: string[]
  commandTimeout?: number
  settings?: Record<string, unknown>
  maxTasksPerChild?: number
  /** KiB. */
  maxMemoryPerChild?: number
  maxResultBytes?: number
  /** Where results are, if not in the broker's database. */
  resultsDatabase?: number
  autoscale?: { max: number; min: number; keepAliveMs: number }
  limits?: Partial<EngineLimits>
  parkUnknown?: boolean
  etaIn?: 'schedule' | 'message'
  events?: Partial<EngineEvents>
  /** Records of tasks; default: none are kept. */
  records?: Partial<EngineRecords>
  beat?: BeatSettings
  tracer?: Tracer | null
}

/** A whole engine on a real Redis: what the command builds, for tests. */
export async function createEngine(options: TestEngineOptions) {
  const keyPrefix = options.prefix ?? `test-${randomUUID()}:`
  const { concurrency = 4, queues = ['celery'], settings = {}, commandTimeout } = options
  const connection = { path: options.socketPath, db: 10, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false }
  const redis = new Redis({ ...connection, ...(commandTimeout !== undefined && { commandTimeout }) })
  const blocking = new Redis(connection)
  const { resultsDatabase } = options
  const results = resultsDatabase === undefined ? redis : new Redis({ ...connection, db: resultsDatabase })
  const clients = [...new Set([redis, blocking, results])]
  for (const client of clients) client.on('error', () => {})
  const logger = new MemoryLog()
  const keys = new BrokerKeys(keyPrefix)
  const dropped: string[] = []
  const shutDowns: string[] = []
  const openSubscriber = async (connectionName: string): Promise<Redis> => {
    const subscriber = new Redis({ ...connection, connectionName }).on('error', () => {})
    clients.push(subscriber)
    return subscriber
  }
  const engine = createRealEngine({
    connections: {
      commands: redis,
      blocking,
      results,
      openSubscriber: () => openSubscriber('results'),
      openControl: () => openSubscriber('control'),
    },
    keyPrefix,
    node: options.node ?? 'test',
    queues,
    catalogue: await autodiscover(options.tasks ?? ['test/fixtures/tasks/probe.ts'], [projectRoot]),
    taskSettings: settings,
    pools: {
      kind: options.pool ?? 'threads',
      concurrency: options.pool === 'solo' ? 1 : concurrency,
      others: options.others ?? { threads: 4, async: 4 },
      maxTasksPerChild: options.maxTasksPerChild ?? null,
      maxMemoryPerChild: options.maxMemoryPerChild ?? null,
      maxResultBytes: options.maxResultBytes ?? 1_048_576,
    },
    autoscale: options.autoscale ?? null,
    limits: { ...defaultLimits, ...options.limits },
    parkUnknown: options.parkUnknown ?? true,
    etaIn: options.etaIn ?? 'schedule',
    events: { tasks: false, sent: false, ...options.events },
    records: options.records === undefined ? null : { ...manyRecords, ...options.records },
    beat: options.beat,
    tracer: options.tracer ?? null,
    version: '0.0.0',
    facts: someFacts,
    onShutDown: () => void shutDowns.push(worker.node),
    onDropped: (kind, count) => void dropped.push(`${kind}:${count}`),
    logger,
  })
  const { worker, membership, pools } = engine
  return {
    ...engine,
    redis,
    resultsRedis: results,
    blocking,
    keys,
    logger,
    dropped,
    /** Who was told by remote control to end. */
    shutDowns,
    /** Takes messages as the worker does. */
    async claim(limit: number): Promise<readonly Claim[]> {
      return (await engine.broker.claim(() => limit, 4 * 1024 * 1024)).claims
    },
    /** A task's result as the backend holds it, null before it is there. */
    async result(id: string): Promise<{ status: string; result: unknown } | null> {
      const json = await results.get(`celery-task-meta-${id}`)
      return json === null ? null : (JSON.parse(json) as { status: string; result: unknown })
    },
    async claims(): Promise<number> {
      const claims = keys.claims(membership.node, membership.epoch)
      const batches = await Promise.all(
        (await redis.hkeys(claims)).map((batch) => redis.lrange(`${claims}:${batch}`, 0, -1)),
      )
      return batches.flat().filter((message) => message !== '\0settled').length
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
      else await Promise.all(pools.map((pool) => pool.destroy()))
      for (const client of clients) client.disconnect()
    },
  }
}

export type TestEngine = Awaited<ReturnType<typeof createEngine>>
