import type { Context, Next } from 'koa'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Engine } from '../../engine/index.ts'
import { measureRequests } from './http-metrics.ts'
import { addQueueMetrics } from './queue-metrics.ts'
import { RedisPings, type Pinged } from './redis-pings.ts'
import { sample, scrapedGauge } from './scraped.ts'
import { addBudgetMetrics, addGatewayMetrics, type BudgetCounts, type GatewayCounts } from './service-metrics.ts'
import { addTaskMetrics } from './task-metrics.ts'
import { addWorkerMetrics } from './worker-metrics.ts'

/** What is measured. Nothing of it costs anything while nobody asks, but a PING a second and a look at the clock of each request. */
export interface MetricSources {
  readonly version: string
  readonly engine: Pick<Engine, 'worker' | 'pools' | 'inspector' | 'catalogue'>
  /** Connections to Redis, by what they are used for. */
  readonly redis: ReadonlyMap<string, Pinged>
  readonly gateways: () => readonly GatewayCounts[]
  /** Budgets of requests; null where the process answers none. */
  readonly budgets: (() => BudgetCounts) | null
}

/** The metrics of a process. */
export interface Metrics {
  /** All of them in Prometheus' text format, version 0.0.4. */
  text(): Promise<string>
  readonly contentType: string
  /** Goes in front of all requests that are to be measured; null where the process answers none. */
  readonly middleware: ((context: Context, next: Next) => Promise<void>) | null
  /** Nothing is measured any more. */
  close(): void
}

/**
 * Puts the metrics of a process together (docs/metrics.md lists them). All figures are of this process, those of queues alone of all: whoever
 * adds processes up takes the greatest of these.
 */
export function createMetrics({ version, engine, redis, gateways, budgets }: MetricSources): Metrics {
  const registry = new Registry()
  const { worker, pools, inspector, catalogue } = engine
  collectDefaultMetrics({ register: registry })
  scrapedGauge(registry, {
    name: 'lovage_build_info',
    help: 'Always 1; the version is in its label',
    labelNames: ['version'],
    read: () => [sample({ version }, 1)],
  })
  addTaskMetrics(registry, { tally: () => worker.tally, tasks: new Set(catalogue.tasks.keys()) })
  addWorkerMetrics(registry, { worker, pools })
  addQueueMetrics(registry, inspector)
  addGatewayMetrics(registry, gateways)
  const pings = new RedisPings(registry, redis)
  if (budgets !== null) addBudgetMetrics(registry, budgets)
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    middleware: budgets === null ? null : measureRequests(registry),
    close: () => pings.close(),
  }
}
