import { DRAIN_METRICS, drainBee, drainBull, drainCelery, drainLovage } from '../contenders/draining.mjs'
import { WAIT_MS } from '../contenders/work.mjs'

const task = 'wait'
const concurrency = 1_000
/** Tasks/s if nothing but the waiting took any time. */
const IDEAL = (concurrency * 1_000) / WAIT_MS
const count = /** @type {const} */ ([20_000, 3_000])

/** Celery's default: more is for tasks that are shorter than fetching them. */
const PREFETCH = 4

/** @type {import('../harness/types.ts').Row} */
export const waiting = {
  name: 'waiting',
  title: `Tasks that wait for ${WAIT_MS} ms, 1,000 at once`,
  requirement: `Lovage at least 90 % of the ideal ${IDEAL} tasks/s`,
  metrics: DRAIN_METRICS,
  contenders: [
    {
      name: 'lovage-async',
      title: 'Lovage, -P async',
      measure: drainLovage({ task, count, args: ['-P', 'async', '-c', String(concurrency)] }),
    },
    { name: 'bee-queue-1000', title: 'bee-queue', measure: drainBee({ task, count, concurrency }) },
    { name: 'bullmq-1000', title: 'BullMQ', measure: drainBull({ task, count, concurrency }) },
    ...['eventlet', 'gevent'].map((pool) => ({
      name: `celery-${pool}`,
      title: `Celery, -P ${pool}`,
      measure: drainCelery({
        task,
        count: [6_000, 300],
        args: ['-P', pool, '-c', String(concurrency)],
        prefetch: PREFETCH,
      }),
    })),
  ],
  checks: [
    { text: 'Lovage to the ideal', value: (median) => median('lovage-async') / IDEAL, atLeast: 0.9, unit: '×' },
    {
      text: "Lovage to Celery's best",
      value: (median) => median('lovage-async') / Math.max(median('celery-eventlet'), median('celery-gevent')),
      unit: '×',
    },
  ],
}
