import { fileURLToPath } from 'node:url'
import type { ResolvedSettings } from '../config/settings-types.ts'
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
  type Catalogue,
  type Logger,
  type Pool,
} from '../engine/index.ts'
import type { SmsTaskSettings } from '../../tasks/sms/send-code.ts'
import type { ClosingStack } from './closing-stack.ts'
import type { RedisPlaces } from './redis-places.ts'

/** The folder of the program itself: `dist` when it is built, the project when it runs from its sources. */
export const programRoot = fileURLToPath(new URL('../../', import.meta.url))

/** A worker, the client that sends to it, and what it knows. */
export interface EngineParts {
  readonly worker: Worker
  readonly client: Client
  readonly catalogue: Catalogue
  readonly broker: RedisBroker
  readonly results: RedisResults
}

/**
 * Loads the task files: the program's own folders first, then the working folder's.
 *
 * @throws EngineError for a task file that is missing or broken
 */
export function loadCatalogue(places: readonly string[]): Promise<Catalogue> {
  return autodiscover(places, [programRoot, process.cwd()])
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
): Promise<EngineParts> {
  const { worker: options, deadLetters } = settings
  const commands = await redis.connect('broker')
  const blocking = await redis.connect('broker', 'blocking')
  const keys = new BrokerKeys()
  const membership = new RedisMembership({ redis: commands, keys, node: options.node, leaseMs: options.leaseMs })
  const broker = new RedisBroker({
    redis: commands,
    blocking,
    keys,
    queues: options.queues,
    membership,
    asideLimits: deadLetters,
    onDropped: (kind, count) => logger.warn({ kind, count }, 'set-aside messages dropped for their bound'),
  })
  const sharesBroker = redis.same('results', 'broker')
  const results = new RedisResults({
    redis: sharesBroker ? commands : await redis.connect('results'),
    sharesBroker,
    ttlSeconds: settings.results.ttlSeconds,
  })
  const pool = stack.add(createPool(settings, catalogue), (opened) => opened.destroy())
  const worker = new Worker({
    broker,
    membership,
    results,
    pool,
    tasks: catalogue.tasks,
    leaseMs: options.leaseMs,
    logger,
  })
  const client = new Client({
    broker,
    defaultQueue: options.queues[0] ?? 'celery',
    origin: `${process.pid}@${options.node}`,
    onSent: () => worker.notify(),
  })
  return { worker, client, catalogue, broker, results }
}

function createPool(settings: ResolvedSettings, catalogue: Catalogue): Pool {
  const { pool: kind, concurrency } = settings.worker
  const sms = smsTaskSettings(settings)
  if (kind === 'solo') return new SoloPool(catalogue.tasks, { sms })
  return new ThreadPool({ kind, concurrency, files: catalogue.files, settings: { sms } })
}

/** Settings of a gateway that is not chosen may be missing; the check at start has seen to the chosen one's. */
function smsTaskSettings({ sms, codes }: ResolvedSettings): SmsTaskSettings {
  const { accountSid, authToken, appId, ...provider } = sms.yuntongxun
  const yuntongxun = { ...provider, accountSid: accountSid ?? '', authToken: authToken ?? '', appId: appId ?? '' }
  const { gateway, connectTimeoutMs, timeoutMs } = sms
  return {
    gateway: { gateway, connectTimeoutMs, timeoutMs, yuntongxun },
    validMinutes: Math.ceil(codes.ttlSeconds / 60),
  }
}
