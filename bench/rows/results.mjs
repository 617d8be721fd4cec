import { DRAIN_METRICS, drainBee, drainBull, drainCelery, drainLovage } from '../contenders/draining.mjs'

const task = 'kept'
const count = /** @type {const} */ ([300_000, 20_000])

/** @type {import('../harness/types.ts').Row} */
export const results = {
  name: 'results',
  title: 'Drain of a queue of no-op tasks, results stored',
  requirement: 'Lovage at least 60 % of what it does where results are ignored',
  metrics: DRAIN_METRICS,
  contenders: [
    { name: 'lovage', title: 'Lovage, 2 threads', measure: drainLovage({ task, count }) },
    {
      name: 'lovage-ignored',
      title: 'Lovage, results ignored',
      fullOnly: true,
      measure: drainLovage({ task: 'noop', count }),
    },
    {
      name: 'bee-queue-200',
      title: 'bee-queue, c=200, jobs kept, events',
      measure: drainBee({ task, count: [60_000, 3_000], concurrency: 200 }),
    },
    {
      name: 'bullmq-200',
      title: 'BullMQ, c=200, jobs kept',
      measure: drainBull({ task, count: [60_000, 3_000], concurrency: 200 }),
    },
    {
      name: 'celery-prefork',
      title: 'Celery, prefork, 2 processes',
      measure: drainCelery({ task, count: [5_000, 500], args: ['-P', 'prefork', '-c', '2'] }),
    },
  ],
  checks: [
    {
      text: 'Lovage, results stored to ignored',
      value: (median) => median('lovage') / median('lovage-ignored'),
      atLeast: 0.6,
      unit: '×',
    },
  ],
}
