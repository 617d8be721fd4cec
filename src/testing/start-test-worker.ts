import { setTimeout as delay } from 'node:timers/promises'
import { autodiscover, type Catalogue } from '../engine/catalogue.ts'
import type { BoundTasks } from '../engine/bound-tasks.ts'
import type { Client } from '../engine/client.ts'
import { createEngine, type Engine, type EngineLimits } from '../engine/create-engine.ts'
import { EngineError } from '../engine/errors.ts'
import type { Logger } from '../engine/logger.ts'
import type { PoolKind } from '../engine/pool/pool.ts'
import { connect, ready, type ConnectionRole } from '../redis/connection.ts'
import { tasksOf, type Definitions } from './definitions.ts'

/** What a worker of a test works on. */
export interface TestWorkerOptions<Given extends Definitions> {
  /** The tasks, as `client.bind` takes them. */
  readonly tasks: Given
  /** Where the queue is: what `startEmbeddedRedis` gives. */
  readonly redis: { readonly socketPath: string }
  /** Its database, 0 to 15, for queue and results. Default 0. */
  readonly database?: number
  /** What tasks find in `context.settings`: plain data. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Queues to take tasks from; the first is for calls that name none. Default `celery`. */
  readonly queues?: readonly string[]
  /**
   * Task files as `-A` takes them, from the working folder on: then tasks run in threads, with hard time limits and all. Default: none;
   * tasks run one at a time in the test's own thread, where it can look at them.
   */
  readonly files?: readonly string[]
  /** In threads: how many tasks run at once. Default 2. */
  readonly concurrency?: number
  /** Default: nothing is logged. */
  readonly logger?: Logger
}

/** A worker that runs. */
export interface TestWorker<Given extends Definitions> extends AsyncDisposable {
  /** Sends to its queues, and reads results. */
  readonly client: Client
  /** The definitions, bound to that. */
  readonly tasks: BoundTasks<Given>
  /** What the engine consists of: its worker, broker, dead letters. */
  readonly engine: Engine
  /** Ends it: no more tasks are taken, what runs has 5 s, the rest stays on the queue. May be called twice. */
  stop(): Promise<void>
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The bounds that the settings have by default (config/default.ts); nothing is kept for longer than a test. */
const limits: EngineLimits = {
  leaseMs: 30_000,
  visibilityTimeoutMs: 3_600_000,
  enqueueTimeoutMs: 1_500,
  maxQueueLength: null,
  maxQueueAgeMs: null,
  maxBytesHeld: 67_108_864,
  maxPerSlot: null,
  maxCrashes: 3,
  resultTtlSeconds: 3_600,
  deadLetters: { max: 10_000, days: 1 },
  revocations: { max: 50_000, days: 1 },
  timeLimit: null,
  softTimeLimit: null,
}

const connectTimeoutMs = 5_000
const graceMs = 5_000

/**
 * Starts a real worker in this process, on a real queue (celery.contrib.testing.worker: `start_worker`).
 *
 * @throws EngineError OPTION_INVALID, TASK_NAME_TAKEN, TASK_FILE_MISSING, TASK_FILE_BROKEN, TASK_UNKNOWN; RedisSetupError NOT_READY
 */
export async function startTestWorker<Given extends Definitions>(
  options: TestWorkerOptions<Given>,
): Promise<TestWorker<Given>> {
  const { tasks, redis, database = 0, settings = {}, queues = ['celery'], concurrency = 2, logger = silent } = options
  const catalogue = await catalogueOf(options)
  const connections = new Connections(redis.socketPath, database)
  try {
    const [commands, blocking] = await Promise.all([connections.open('commands'), connections.open('blocking')])
    const kind: PoolKind = options.files === undefined ? 'solo' : 'threads'
    const openSubscriber = () => connections.open('subscriber')
    const engine = createEngine({
      connections: { commands, blocking, results: commands, openSubscriber, openControl: openSubscriber },
      node: `test-${process.pid}`,
      queues,
      catalogue,
      taskSettings: settings,
      pools: {
        kind,
        concurrency: kind === 'solo' ? 1 : concurrency,
        others: { threads: concurrency, async: 100 },
        maxTasksPerChild: null,
        maxMemoryPerChild: null,
        maxResultBytes: 1_048_576,
      },
      limits,
      events: { tasks: false, sent: false },
      version: '0.0.0',
      facts: { broker: { transport: 'redis' }, conf: () => ({}), report: () => 'a worker of a test' },
      onShutDown: () => undefined,
      onDropped: () => undefined,
      logger,
    })
    await engine.worker.start()
    let stopped: Promise<void> | null = null
    const stop = async (): Promise<void> => {
      const ended = new AbortController()
      await engine.worker.stop(delay(graceMs, null, { signal: ended.signal }).catch(() => undefined))
      ended.abort()
      connections.close()
    }
    const stopOnce = (): Promise<void> => (stopped ??= stop())
    const { client } = engine
    return { client, tasks: client.bind(tasks), engine, stop: stopOnce, [Symbol.asyncDispose]: stopOnce }
  } catch (error) {
    connections.close()
    throw error
  }
}

async function catalogueOf({
  tasks,
  files,
}: Pick<TestWorkerOptions<Definitions>, 'tasks' | 'files'>): Promise<Catalogue> {
  const given = tasksOf(tasks)
  if (files === undefined) return { tasks: given, files: [] }
  const catalogue = await autodiscover(files, [process.cwd()])
  const unknown = [...given.keys()].find((name) => !catalogue.tasks.has(name))
  if (unknown === undefined) return catalogue
  throw new EngineError('TASK_UNKNOWN', `startTestWorker: no task named ${unknown} is in ${files.join(', ')}`)
}

/** Those that are open, to be closed together. */
class Connections {
  readonly #address: { readonly socketPath: string; readonly db: number }
  readonly #clients: ReturnType<typeof connect>[] = []

  constructor(socketPath: string, db: number) {
    this.#address = { socketPath, db }
  }

  async open(role: ConnectionRole): Promise<ReturnType<typeof connect>> {
    const client = connect(this.#address, { name: 'lovage-test', role, logger: silent })
    this.#clients.push(client)
    await ready(client, connectTimeoutMs)
    return client
  }

  close(): void {
    for (const client of this.#clients) client.disconnect()
  }
}
