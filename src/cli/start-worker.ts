import type { Logger } from 'pino'
import type { FlagValues } from '../config/flags-table.ts'
import { loadSettings } from '../config/load-settings.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Catalogue, Engine, Tracer } from '../engine/index.ts'
import type { Metrics } from '../monitor/metrics/create-metrics.ts'
import { createProbes } from '../monitor/probes.ts'
import { ClosingStack } from './closing-stack.ts'
import { readPeriodicTasks, loadCatalogue, openEngine } from './engine-parts.ts'
import { createLog } from './log.ts'
import { openHistory, type History } from './open-history.ts'
import { flushLast, openTracing } from './open-tracing.ts'
import { bannerOf } from './process-banner.ts'
import { openFigures } from './process-figures.ts'
import { openMetrics, serveMetrics } from './process-metrics.ts'
import { purgeAtStart } from './purge-at-start.ts'
import { workerChecks, workerParts } from './readiness-checks.ts'
import { RedisPlaces } from './redis-places.ts'
import { saveMemory } from './save-memory.ts'
import { StopSignals } from './stop-signals.ts'
import type { StartOptions } from './start-options.ts'

/**
 * `lovage worker`: takes tasks from the queue and runs them; no HTTP, but for monitors where a port is set for that.
 *
 * @param flags the command line's options
 */
export async function startWorker(flags: FlagValues, { purge }: StartOptions): Promise<void> {
  const { settings } = loadSettings({ env: process.env, flags })
  readPeriodicTasks(settings)
  if (settings.worker.lowMemory) saveMemory()
  const tracer = await openTracing()
  const logger = await createLog(settings.log.level, tracer)
  const catalogue = await loadCatalogue(settings.worker.tasks)
  const signals = new StopSignals()
  signals.listen()
  const stack = new ClosingStack()
  flushLast(tracer, stack)
  try {
    const { redis, engine, metrics, history } = await signals.duringStart(
      openParts(settings, catalogue, { logger, tracer }, stack, signals),
    )
    const probes = createProbes(workerChecks(workerParts(engine, settings.queue.maxAgeSeconds)))
    if (purge) await purgeAtStart(engine, settings.worker.queues)
    const metricsUrl = await serveMetrics(metrics, probes, { settings, logger }, stack)
    await engine.worker.start()
    history.writer.start()
    engine.beat?.start()
    const addresses = { url: null, monitor: null, metrics: metricsUrl }
    process.stdout.write(await bannerOf(settings, redis, engine, addresses))
    const signal = await signals.stop
    logger.info({ signal, running: engine.worker.activity.running }, 'stopping: running tasks end')
    probes.stopping()
    await engine.beat?.stop()
    const handedBack = await engine.worker.stop(signals.deadline(settings.worker.shutdownTimeoutMs))
    logger.info({ handedBack }, 'stopped')
  } finally {
    await stack.close()
  }
}

/** Everything that the process consists of; no task is taken yet. */
async function openParts(
  settings: ResolvedSettings,
  catalogue: Catalogue,
  { logger, tracer }: { readonly logger: Logger; readonly tracer: Tracer | null },
  stack: ClosingStack,
  signals: StopSignals,
): Promise<{ redis: RedisPlaces; engine: Engine; metrics: Metrics | null; history: History }> {
  const redis = stack.add(await RedisPlaces.open(settings, ['broker', 'results'], logger), (places) => places.close())
  const onShutDown = (): void => signals.ask('remote control')
  const figures = openFigures(settings)
  const { gateways } = figures
  const engine = await openEngine(settings, catalogue, redis, logger, stack, { gateways, onShutDown, tracer })
  const metrics = await openMetrics({ settings, engine, redis, figures, servesHttp: false }, stack)
  return { redis, engine, metrics, history: await openHistory(settings, redis, engine, logger, stack) }
}
