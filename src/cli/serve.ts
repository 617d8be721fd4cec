import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Logger } from 'pino'
import type { FlagValues } from '../config/flags-table.ts'
import { loadSettings } from '../config/load-settings.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Catalogue, Engine, Tracer } from '../engine/index.ts'
import { isLive } from '../monitor/api-paths.ts'
import { RequestGauge } from '../monitor/request-gauge.ts'
import { warnOfBudgetsOff } from './budget-warnings.ts'
import { ClosingStack } from './closing-stack.ts'
import { readPeriodicTasks, loadCatalogue, openEngine } from './engine-parts.ts'
import { listenOn } from './listen-on.ts'
import { createLog } from './log.ts'
import { monitorAddress } from './monitor-address.ts'
import { openHistory, type History } from './open-history.ts'
import type { OpenService } from './open-service.ts'
import { flushLast, openTracing } from './open-tracing.ts'
import { bannerOf } from './process-banner.ts'
import { openFigures } from './process-figures.ts'
import { serveMetrics } from './process-metrics.ts'
import { purgeAtStart } from './purge-at-start.ts'
import { RedisPlaces } from './redis-places.ts'
import { saveMemory } from './save-memory.ts'
import { StopSignals } from './stop-signals.ts'
import type { StartOptions } from './start-options.ts'

/** The service sends these, so its worker must know them whatever else it is given. */
const ownTasks = ['tasks/sms']

/**
 * `lovage serve`: the registration service and the worker in one process.
 *
 * Start: settings, log, task files, Redis and database at once, engine, HTTP, worker. Stop, in order: not ready, the scheduler, no new claims,
 * HTTP stops accepting and requests in flight end, running tasks end, the rest is handed back, connections close.
 *
 * @param flags the command line's options
 */
export async function serve(flags: FlagValues, { purge }: StartOptions): Promise<void> {
  const { settings, environment } = loadSettings({ env: process.env, flags })
  readPeriodicTasks(settings)
  if (settings.worker.lowMemory) saveMemory()
  const tracer = await openTracing()
  const logger = await createLog(settings.log.level, tracer)
  warnOfBudgetsOff(settings, environment, logger)
  const catalogue = await loadCatalogue([...ownTasks, ...settings.worker.tasks])
  const signals = new StopSignals()
  signals.listen()
  const stack = new ClosingStack()
  flushLast(tracer, stack)
  try {
    const { redis, engine, history, service } = await signals.duringStart(
      openParts(settings, catalogue, { logger, tracer }, stack, signals),
    )
    if (purge) await purgeAtStart(engine, settings.worker.queues)
    const { server, probes, metrics, monitor } = service
    const addresses = await listen(service, settings)
    const metricsUrl = await serveMetrics(metrics, probes, { settings, logger }, stack)
    await engine.worker.start()
    history.writer.start()
    engine.beat?.start()
    process.stdout.write(await bannerOf(settings, redis, engine, { ...addresses, metrics: metricsUrl }))

    const signal = await signals.stop
    const deadline = signals.deadline(settings.worker.shutdownTimeoutMs)
    logger.info(
      { signal, running: engine.worker.activity.running },
      'stopping: requests in flight and running tasks end',
    )
    probes.stopping()
    monitor?.close()
    await engine.beat?.stop()
    await engine.worker.quiet()
    await closeServer(server, signals.deadline(settings.worker.httpDrainMs))
    const handedBack = await engine.worker.stop(deadline)
    logger.info({ handedBack }, 'stopped')
  } finally {
    await stack.close()
  }
}

/**
 * Everything that the process consists of; nothing listens or takes tasks yet. Redis starts while the service's modules,
 * which are the most of the program, are loaded and the database is opened.
 */
async function openParts(
  settings: ResolvedSettings,
  catalogue: Catalogue,
  { logger, tracer }: { readonly logger: Logger; readonly tracer: Tracer | null },
  stack: ClosingStack,
  signals: StopSignals,
): Promise<{ redis: RedisPlaces; engine: Engine; history: History; service: OpenService }> {
  const users = ['broker', 'results', 'sessions', 'codes'] as const
  const loading = import('./open-service.ts')
  const [redis, database, { openService }] = await Promise.all([
    RedisPlaces.open(settings, users, logger).then((places) => stack.add(places, () => places.close())),
    import('./users-database.ts')
      .then(({ openUsersDatabase }) => openUsersDatabase(settings, logger))
      .then((opened) => stack.add(opened, () => opened.close())),
    loading,
  ])
  const requests = new RequestGauge()
  const figures = openFigures(settings)
  const engine = await openEngine(settings, catalogue, redis, logger, stack, {
    inHurry: () => requests.busy,
    gateways: figures.gateways,
    onShutDown: () => signals.ask('remote control'),
    tracer,
  })
  const history = await openHistory(settings, redis, engine, logger, stack)
  const service = await openService({ settings, redis, engine, database, figures, history, tracer, logger }, stack)
  // Whoever looks on is in no hurry, and never goes.
  requests.watch(service.server, (request) => !isLive(request))
  return { redis, engine, history, service }
}

/** @returns the addresses under which the service and its dashboard are reached */
async function listen(
  { server, monitor }: OpenService,
  { http, monitor: { token } }: ResolvedSettings,
): Promise<{ url: string; monitor: string | null }> {
  const { host, port, publicUrl } = http
  const listens = await listenOn(server, { host, port, option: '--port' })
  // The dashboard answers for exact hosts alone; these two are none.
  const base = publicUrl ?? listens.replace(/\/\/(?:0\.0\.0\.0|\[::\]):/, '//127.0.0.1:')
  return {
    url: publicUrl ?? `${listens}/register.html`,
    monitor: monitor === null ? null : monitorAddress(base, monitor.token, token === null, process.stdout.isTTY),
  }
}

/** Requests in flight end by themselves until `deadline`; a connection that is kept alive ends with its request. */
async function closeServer(server: Server, deadline: Promise<unknown>): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  await Promise.race([closed, deadline])
  clearInterval(idle)
  server.closeAllConnections()
  await closed
}
