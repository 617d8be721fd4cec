import type { ResolvedSettings } from '../config/settings-types.ts'
import {
  autodiscover,
  createEngine,
  type BeatSettings,
  DropLog,
  EngineError,
  type Entry,
  readEntries,
  type Catalogue,
  type Engine,
  type EngineLimits,
  type EngineRecords,
  type Logger,
  type Tracer,
} from '../engine/index.ts'
import type { HealthBoard } from '../sms/health-board.ts'
import type { ClosingStack } from './closing-stack.ts'
import { CommandError } from './command-error.ts'
import { nodeFacts } from './node-facts.ts'
import { programRoot } from './program-root.ts'
import type { RedisPlaces } from './redis-places.ts'
import { smsTaskSettings } from './sms-settings.ts'
import { GatewayWatch } from './sms-watch.ts'
import { version } from './version.ts'

/**
 * Loads the task files: the program's own folders first, then the working folder's.
 *
 * @throws EngineError for a task file that is missing or broken
 */
export function loadCatalogue(places: readonly string[]): Promise<Catalogue> {
  return autodiscover(places, [programRoot, process.cwd()])
}

/** What the engine asks and tells the process. */
export interface EngineHooks {
  /** Whether something else in the process is in a hurry for the event loop; default: nothing ever is. */
  readonly inHurry?: () => boolean
  /** Where the threads write what becomes of messages with the SMS gateways. */
  readonly gateways: HealthBoard
  /** Told by remote control that the process is to end. */
  readonly onShutDown: () => void
  /** Told what is sent and run; default: nobody is. */
  readonly tracer?: Tracer | null
}

/**
 * Puts the engine together and connects it. Nothing is started yet.
 *
 * @throws RedisSetupError
 */
export async function openEngine(
  settings: ResolvedSettings,
  catalogue: Catalogue,
  redis: RedisPlaces,
  logger: Logger,
  stack: ClosingStack,
  { gateways, ...hooks }: EngineHooks,
): Promise<Engine> {
  const { worker: options, results } = settings
  const [commands, blocking] = await Promise.all([redis.connect('broker'), redis.connect('broker', 'blocking')])
  stack.add(new GatewayWatch(gateways, logger), async (watch) => watch.close())
  const dropLog = stack.add(new DropLog({ logger }), async (log) => log.close())
  const engine = createEngine({
    connections: {
      commands,
      blocking,
      results: redis.same('results', 'broker') ? commands : await redis.connect('results'),
      openSubscriber: () => redis.connect('results', 'subscriber'),
      openControl: () => redis.connect('broker', 'subscriber'),
    },
    node: options.node,
    queues: options.queues,
    catalogue,
    taskSettings: { sms: smsTaskSettings(settings, gateways) },
    pools: {
      kind: options.pool,
      concurrency: options.concurrency,
      others: options.otherPools,
      maxTasksPerChild: options.maxTasksPerChild,
      maxMemoryPerChild: options.maxMemoryPerChild,
      maxResultBytes: results.maxBytes,
    },
    autoscale:
      options.autoscale === null
        ? null
        : { ...options.autoscale, keepAliveMs: options.autoscaleKeepAliveSeconds * 1000 },
    limits: engineLimits(settings),
    parkUnknown: options.parkUnknown,
    etaIn: settings.queue.etaIn,
    events: settings.events,
    records: recordsOf(settings),
    beat: settings.beat.withWorker ? beatSettings(settings) : undefined,
    version: version(),
    onDropped: (kind, count) => dropLog.add(kind, count),
    facts: nodeFacts(settings, { broker: redis.address('broker'), results: redis.address('results') }),
    ...hooks,
    logger,
  })
  stack.add(engine.pools, (pools) => Promise.all(pools.map((pool) => pool.destroy())))
  return engine
}

/**
 * Checks and reads the periodic tasks, whichever process is to send them.
 *
 * @throws CommandError
 */
export function readPeriodicTasks(settings: Pick<ResolvedSettings, 'beat'>): readonly Entry[] {
  const given = beatSettings(settings)
  try {
    return readEntries(given.schedule, given)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    // They are settings, and no command line.
    throw new CommandError(error.message, { exit: 'configuration', cause: error })
  }
}

/** What the scheduler is given, in it or alone. */
export function beatSettings({ beat }: Pick<ResolvedSettings, 'beat'>): BeatSettings {
  const { schedule, timezone, missed, lateSeconds, maxMissed } = beat
  return { schedule: schedule ?? {}, timezone, missed, lateMs: lateSeconds * 1000, maxMissed }
}

function recordsOf({ records: { max, ...rest } }: ResolvedSettings): EngineRecords | null {
  return max === null ? null : { max, ...rest }
}

/** Bounds of engine and scheduler. */
export function engineLimits({ worker, queue, results, deadLetters, revocations }: ResolvedSettings): EngineLimits {
  return {
    leaseMs: worker.leaseMs,
    visibilityTimeoutMs: worker.visibilityTimeoutMs,
    enqueueTimeoutMs: queue.enqueueTimeoutMs,
    maxQueueLength: queue.maxLength,
    maxQueueAgeMs: queue.maxAgeSeconds === null ? null : queue.maxAgeSeconds * 1000,
    maxBytesHeld: worker.maxBytesHeld,
    maxPerSlot: worker.prefetchMultiplier,
    maxCrashes: worker.maxCrashes,
    resultTtlSeconds: results.ttlSeconds,
    deadLetters,
    revocations,
    timeLimit: worker.timeLimit,
    softTimeLimit: worker.softTimeLimit,
  }
}
