import type { Redis } from 'ioredis'
import type { Beat } from './beat/beat.ts'
import type { AsideKind } from './broker/broker.ts'
import { brokerTools, type BrokerTools } from './broker/broker-tools.ts'
import { ControlCaller } from './broker/control-caller.ts'
import { RedisControlChannel } from './broker/control-channel.ts'
import { RedisEventChannel } from './broker/event-channel.ts'
import { ClaimedBatches } from './broker/claimed-batches.ts'
import { DirectClaims } from './broker/direct-claims.ts'
import { BrokerKeys } from './broker/keys.ts'
import { RedisMembership } from './broker/membership.ts'
import { QueueAge } from './broker/queue-age.ts'
import { RedisBroker } from './broker/redis-broker.ts'
import { RedisChords } from './broker/redis-chords.ts'
import { RedisClock } from './broker/redis-clock.ts'
import { RedisFigures } from './broker/redis-figures.ts'
import { RedisRates } from './broker/redis-rates.ts'
import { RedisRecords, type RecordLimits } from './broker/redis-records.ts'
import { RedisRevocations } from './broker/redis-revocations.ts'
import { RedisSchedule } from './broker/redis-schedule.ts'
import { RedisSender } from './broker/redis-sender.ts'
import { RedisUpkeep } from './broker/redis-upkeep.ts'
import { Unacked } from './broker/unacked.ts'
import { builtinTasks } from './builtin-tasks.ts'
import type { Catalogue } from './catalogue.ts'
import { Client } from './client.ts'
import { assembleBeat, type BeatSettings } from './create-beat.ts'
import { Inspector } from './inspector.ts'
import { LamportClock } from './lamport-clock.ts'
import type { Logger } from './logger.ts'
import type { NodeFacts } from './node-facts.ts'
import { createPools, type PoolsOptions, type ToldOfTasks } from './pool/create-pools.ts'
import type { Pool } from './pool/pool.ts'
import { Queues } from './queues.ts'
import { RedisResults } from './results/redis-results.ts'
import type { EtaPlace } from './send-options.ts'
import { SentEvents } from './sent-events.ts'
import type { Tracer } from './tracer.ts'
import type { AutoscaleOptions } from './worker/autoscaler.ts'
import { RemoteControl } from './worker/remote-control.ts'
import { TaskLogs } from './worker/task-logs.ts'
import { TaskRecorder } from './worker/task-recorder.ts'
import { Worker } from './worker/worker.ts'
import { WorkerEvents } from './worker/worker-events.ts'

/** A node that was told something and was stopped for so long, in milliseconds, does it no more. */
const tellingTimeoutMs = 60_000

/** What an engine is made of. Times in milliseconds, sizes in bytes, unless a name says otherwise. */
export interface EngineOptions {
  readonly connections: EngineConnections
  /** In front of all keys of the broker. */
  readonly keyPrefix?: string
  /** Wanted name of this node. */
  readonly node: string
  /** Queues to take tasks from at the start; the first one is for calls that name none. */
  readonly queues: readonly string[]
  readonly catalogue: Catalogue
  /** What tasks find in `context.settings`; plain data. */
  readonly taskSettings: Readonly<Record<string, unknown>>
  readonly pools: PoolsOptions
  /** Fits the size of the pool of tasks that name none to its load; null or absent: it stays as it is. */
  readonly autoscale?: AutoscaleOptions | null
  readonly limits: EngineLimits
  /** Whether messages of tasks that are not known here are set aside (default); else they are left on their queues for others. */
  readonly parkUnknown?: boolean
  /** Where messages wait that are due later; default: on the schedule. */
  readonly etaIn?: EtaPlace
  readonly events: EngineEvents
  /** Records of the tasks that the worker runs; null or absent: none are kept. */
  readonly records?: EngineRecords | null
  /** Periodic tasks for a scheduler in this process; left out: there is none. */
  readonly beat?: BeatSettings | undefined
  /** The program's version, for monitors. */
  readonly version: string
  /** What remote control tells of this process beside what the engine knows. */
  readonly facts: NodeFacts
  /** Told by remote control that this process is to end. */
  readonly onShutDown: () => void
  /** Told how many set-aside messages or revocations had to go for their bounds. */
  readonly onDropped: (kind: AsideKind | 'revoked', count: number) => void
  /**
   * Whether something else in the process is in a hurry for the event loop, HTTP requests that wait for their answers, say: then
   * few messages are taken at once. Asked before each claim. Default: nothing ever is.
   */
  readonly inHurry?: () => boolean
  /** Told what is sent and run, from `openTracer`; null or absent: nobody is. */
  readonly tracer?: Tracer | null
  readonly logger: Logger
}

/** Open connections, closed by whoever opened them. */
export interface EngineConnections {
  /** The broker, for everything but waiting. */
  readonly commands: Redis
  /** The broker, for waiting alone. */
  readonly blocking: Redis
  /** The result backend; `commands` itself where they share a database. */
  readonly results: Redis
  /** Opens another one to the result backend, for subscriptions. */
  readonly openSubscriber: () => Promise<Redis>
  /** Opens another one to the broker, for remote control. */
  readonly openControl: () => Promise<Redis>
}

/** What is told to monitors, beside heartbeats. */
export interface EngineEvents {
  /** What becomes of each task that the worker takes; remote control can switch it. */
  readonly tasks: boolean
  /** Each task that the client sends. */
  readonly sent: boolean
}

/** Bounds of what is kept of tasks, by all processes together; and of this process's own share. */
export interface EngineRecords extends RecordLimits {
  /** Most runs that are recorded in a second from their beginning, and as many again that went wrong or took long. */
  readonly perSecond: number
}

/** Bounds of an engine. */
export interface EngineLimits {
  readonly leaseMs: number
  /** After this a claim of a Celery worker that is gone is restored. */
  readonly visibilityTimeoutMs: number
  /** How long sending a task tries. */
  readonly enqueueTimeoutMs: number
  /** Most messages on a queue, and the greatest age of its oldest one; null: no bound. */
  readonly maxQueueLength: number | null
  readonly maxQueueAgeMs: number | null
  /** Most bytes of messages that are held at once. */
  readonly maxBytesHeld: number
  /** Most short tasks that are claimed for each task that may run at once, 1 to 256; null: 256. */
  readonly maxPerSlot: number | null
  /** How often a task may end its thread before it is set aside. */
  readonly maxCrashes: number
  readonly resultTtlSeconds: number
  /** Bounds of each set of messages that are set aside. */
  readonly deadLetters: { readonly max: number; readonly days: number }
  readonly revocations: { readonly max: number; readonly days: number }
  /** Limits of tasks that have none of their own, in seconds; null: none. */
  readonly timeLimit: number | null
  readonly softTimeLimit: number | null
}

/** A worker, the client that sends to it, and what can be looked at. */
export interface Engine extends BrokerTools {
  readonly worker: Worker
  readonly client: Client
  /** The scheduler, not started, and stopped before the worker; null: there is none. */
  readonly beat: Beat | null
  readonly catalogue: Catalogue
  readonly broker: RedisBroker
  readonly membership: RedisMembership
  readonly results: RedisResults
  /** null: none are kept. */
  readonly records: RedisRecords | null
  /** Those that the worker takes tasks from. */
  readonly queues: Pick<Queues, 'names'>
  /** Figures for whoever looks. */
  readonly inspector: Inspector
  readonly pools: readonly Pool[]
}

/**
 * Puts an engine on Redis together. Nothing is started yet; what is running is ended by `worker.stop`, else by the pools'
 * `destroy`.
 *
 * @throws EngineError OPTION_INVALID
 */
export function createEngine(options: EngineOptions): Engine {
  const { connections, node, catalogue, taskSettings, limits, onDropped, tracer = null, logger } = options
  const { commands: redis, blocking } = connections
  const keys = new BrokerKeys(options.keyPrefix)
  const clock = new RedisClock()
  const queues = new Queues(options.queues)
  const asideLimits = limits.deadLetters
  const membership = new RedisMembership({ redis, keys, node, leaseMs: limits.leaseMs })
  const batches = new ClaimedBatches()
  const broker = new RedisBroker({ redis, blocking, keys, queues, membership, batches, clock, asideLimits, onDropped })
  const tools = brokerTools({ redis, keys })
  const { visibilityTimeoutMs } = limits
  const unacked = new Unacked({ redis, keys, visibilityTimeoutMs, asideLimits, onDropped })
  const tasks = new Map([...builtinTasks, ...catalogue.tasks])
  const known = new Set(tasks.keys())
  const revocations = new RedisRevocations({
    redis,
    keys,
    limits: limits.revocations,
    onDropped: (count) => onDropped('revoked', count),
  })
  const results = new RedisResults({
    redis: connections.results,
    openSubscriber: connections.openSubscriber,
    sharesBroker: connections.results === redis,
    ttlSeconds: limits.resultTtlSeconds,
  })
  const telling = { channel: new RedisEventChannel({ redis, keys }), clock: new LamportClock(), logger }
  const events = new WorkerEvents({ ...telling, tasks: options.events.tasks, version: options.version })
  const chords = new RedisChords({ redis: connections.results, keys })
  const origin = `${process.pid}@${node}`
  const records = options.records ? new RedisRecords({ redis, keys, limits: options.records }) : null
  const { perSecond = 0 } = options.records ?? {}
  const recorder = records === null ? null : new TaskRecorder({ store: records, broker, perSecond, logger })
  const logs = new TaskLogs({ broker, records: recorder, logger })
  const onState: ToldOfTasks['onState'] = (...said) => worker.report(...said)
  const told: ToldOfTasks = { onState, onLog: (line) => logs.add(line), tracer }
  const pools = createPools(options.pools, catalogue, taskSettings, told, logger)
  const worker = new Worker({
    broker,
    queues,
    schedule: new RedisSchedule({ redis, keys, queues, clock }),
    rates: new RedisRates({ redis, keys, queues, membership }),
    revocations,
    upkeep: new RedisUpkeep({ unacked, deadLetters: tools.deadLetters, known, queues, asideLimits, onDropped }),
    membership,
    control: new RemoteControl({
      channel: new RedisControlChannel({ redis, openSubscriber: connections.openControl, keys, logger }),
      logger,
    }),
    events,
    records: recorder,
    clock: telling.clock,
    facts: options.facts,
    onShutDown: options.onShutDown,
    results,
    chords,
    origin,
    pools,
    autoscale: options.autoscale ?? null,
    tasks,
    settings: taskSettings,
    limits: {
      leaseMs: limits.leaseMs,
      maxCrashes: limits.maxCrashes,
      maxBytes: limits.maxBytesHeld,
      maxPerSlot: limits.maxPerSlot,
      maxRevoked: limits.revocations.max,
      timeLimit: limits.timeLimit,
      softTimeLimit: limits.softTimeLimit,
    },
    parkUnknown: options.parkUnknown ?? true,
    inHurry: options.inHurry ?? (() => false),
    tracer,
    logger,
  })
  const caller = new ControlCaller({ redis, keys })
  const defaultQueue = options.queues[0] ?? 'celery'
  // Named as Celery names a client.
  const sent = options.events.sent ? new SentEvents({ ...telling, hostname: `gen${process.pid}@${node}` }) : null
  const onSending = (): void => worker.notify()
  const client = new Client({
    sender: new RedisSender({
      redis,
      keys,
      clock,
      timeoutMs: limits.enqueueTimeoutMs,
      maxLength: limits.maxQueueLength,
      age: limits.maxQueueAgeMs === null ? null : new QueueAge({ redis, keys, maxMs: limits.maxQueueAgeMs }),
      rate: () => worker.activity.perSecond,
      onSending,
      schedules: (queue) => worker.promotes && queues.known.has(queue),
      direct: new DirectClaims({ keys, membership, batches, reserve: (...wanted) => worker.reserve(...wanted) }),
    }),
    revocations,
    results,
    chords,
    defaultQueue,
    etaIn: options.etaIn ?? 'schedule',
    origin,
    tellNodes: (method, given) =>
      caller.tell({ method, arguments: given, destination: null, timeoutMs: tellingTimeoutMs }),
    maskOf: (name) => tasks.get(name)?.options.mask,
    sent,
    tracer,
  })
  const { beat: settings } = options
  const parts = { redis, keys, clock, node, defaultQueue, tasks, limits, sent, onSending, tracer, logger }
  const beat = settings === undefined ? null : assembleBeat({ ...parts, settings })
  const figures = new RedisFigures({ redis, openSubscriber: connections.openControl, keys, clock })
  const inspector = new Inspector({ store: figures, worker, queues, pools, epoch: membership.epoch })
  return { ...tools, worker, client, beat, catalogue, broker, membership, results, records, queues, inspector, pools }
}
