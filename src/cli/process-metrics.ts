import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Engine, Logger } from '../engine/index.ts'
import type { Metrics } from '../monitor/metrics/create-metrics.ts'
import type { Probes } from '../monitor/probes.ts'
import type { ClosingStack } from './closing-stack.ts'
import { listenOn } from './listen-on.ts'
import type { ProcessFigures } from './process-figures.ts'
import type { RedisPlaces } from './redis-places.ts'
import { version } from './version.ts'

/** What the metrics of a process are read from. */
export interface MetricParts {
  readonly settings: Pick<ResolvedSettings, 'metrics'>
  readonly engine: Engine
  readonly redis: RedisPlaces
  readonly figures: ProcessFigures
  /** Whether it answers requests of its own, beside those of monitors. */
  readonly servesHttp: boolean
}

/** The metrics of a process; null: no port is set for them, and nothing is loaded or measured. */
export async function openMetrics(
  { settings, engine, redis, figures, servesHttp }: MetricParts,
  stack: ClosingStack,
): Promise<Metrics | null> {
  if (settings.metrics.port === null) return null
  const { createMetrics } = await import('../monitor/metrics/create-metrics.ts')
  const metrics = createMetrics({
    version: version(),
    engine,
    redis: redis.commandClients,
    gateways: () => figures.gateways.figures(),
    budgets: servesHttp ? () => figures.budgets.now() : null,
  })
  return stack.add(metrics, async () => metrics.close())
}

/**
 * Has a process's metrics and probes listen on the port of the settings. It goes on until the process ends: monitors see a stop, too.
 *
 * @returns the address of the metrics; null: there are none
 * @throws CommandError where it can't listen there
 */
export async function serveMetrics(
  metrics: Metrics | null,
  probes: Probes,
  { settings, logger }: { readonly settings: Pick<ResolvedSettings, 'metrics'>; readonly logger: Logger },
  stack: ClosingStack,
): Promise<string | null> {
  const { port, host } = settings.metrics
  if (metrics === null || port === null) return null
  const { createMetricsServer } = await import('../monitor/metrics/metrics-server.ts')
  const server = createMetricsServer(metrics, probes, logger)
  stack.add(server, async () => {
    server.close()
    server.closeAllConnections()
  })
  return `${await listenOn(server, { host, port, option: '--metrics-port' })}/metrics`
}
