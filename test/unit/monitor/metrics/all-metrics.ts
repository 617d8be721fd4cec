import type { Context } from 'koa'
import { RunTally } from '../../../../src/engine/worker/run-tally.ts'
import { noThreads } from '../../../../src/engine/pool/thread-health.ts'
import { createMetrics, type Metrics } from '../../../../src/monitor/metrics/create-metrics.ts'
import { BudgetFigures } from '../../../../src/app/budgets/budget-figures.ts'
import { HealthBoard } from '../../../../src/sms/health-board.ts'
import { parsePrometheusText, type MetricFamily } from '../../../support/prometheus-text.ts'

/** All metrics that a process can have, each with all labels, of an engine that has done nothing. */
export async function allMetrics(): Promise<Map<string, MetricFamily>> {
  const tally = new RunTally()
  tally.of('proj.add')
  const activity = { running: 0, full: false, stuck: false, lastPoll: 0, lastAnswer: 0, perSecond: 0 }
  const counts = { scheduled: 0, retrying: 0, limited: 0, dead: 0, unknown: 0, unreadable: 0 }
  const queue = { name: 'celery', byPriority: [0, 0, 0, 0], oldestAge: null, ...counts, served: true }
  const engine = {
    worker: {
      activity: { ...activity, lostClaims: 0, leftForOthers: 0 },
      slotsOfPools: [{ pool: 'threads', size: 1, taken: 0 }],
      tally: tally.snapshot(),
    },
    pools: [{ kind: 'threads', counts: noThreads }],
    inspector: { look: async () => ({ now: 0, queues: [queue] }) },
    catalogue: { tasks: new Map([['proj.add', {}]]) },
  }
  const board = new HealthBoard(['console'])
  const figures = new BudgetFigures()
  const metrics: Metrics = createMetrics({
    version: '1.2.3',
    engine: engine as never,
    redis: new Map([['broker', { ping: async () => 'PONG' }]]),
    gateways: () => board.figures(),
    budgets: () => figures.now(),
  })
  try {
    const context = { method: 'GET', status: 200, path: '/' } as unknown as Context
    await metrics.middleware?.(context, async () => {})
    return parsePrometheusText(await metrics.text())
  } finally {
    metrics.close()
  }
}
