import { DRAIN_METRICS, drainBee, drainBull, drainCelery, drainLovage, drainPiscina } from '../contenders/draining.mjs'

const task = 'noop'
const lovage = { task, count: /** @type {const} */ ([300_000, 20_000]) }
const bull = { task, count: /** @type {const} */ ([60_000, 3_000]) }
const bee = { task, count: /** @type {const} */ ([100_000, 5_000]) }

/** @type {import('../harness/types.ts').Row} */
export const drain = {
  name: 'drain',
  title: 'Drain of a queue of no-op tasks, results ignored',
  requirement:
    'Lovage at least 3 × the best of bee-queue, 4 × the best of BullMQ, 20 × its thread sandbox, 50 × the best of Celery',
  metrics: DRAIN_METRICS,
  contenders: [
    { name: 'lovage', title: 'Lovage, 2 threads', measure: drainLovage(lovage) },
    { name: 'lovage-always', title: 'Lovage, appendfsync always', redis: 'always', measure: drainLovage(lovage) },
    {
      name: 'lovage-celery-messages',
      title: "Lovage, messages of Celery's client",
      measure: drainLovage({ ...lovage, celeryMessages: true }),
    },
    {
      name: 'lovage-low-memory',
      title: 'Lovage, --low-memory',
      fullOnly: true,
      measure: drainLovage({ ...lovage, args: ['-P', 'threads', '-c', '2', '--low-memory'] }),
    },
    {
      name: 'lovage-info',
      title: 'Lovage, a line of log per task',
      fullOnly: true,
      measure: drainLovage({ ...lovage, args: ['-P', 'threads', '-c', '2', '-l', 'info'] }),
    },
    {
      name: 'lovage-no-records',
      title: 'Lovage, no records of tasks',
      fullOnly: true,
      measure: drainLovage({ ...lovage, env: { RECORDS_MAX: 'none' } }),
    },
    {
      name: 'lovage-events',
      title: 'Lovage, events of every task',
      fullOnly: true,
      measure: drainLovage({ ...lovage, args: ['-P', 'threads', '-c', '2', '-E'] }),
    },
    { name: 'bee-queue-50', title: 'bee-queue, c=50', fullOnly: true, measure: drainBee({ ...bee, concurrency: 50 }) },
    { name: 'bee-queue-200', title: 'bee-queue, c=200', measure: drainBee({ ...bee, concurrency: 200 }) },
    { name: 'bullmq-50', title: 'BullMQ, c=50', fullOnly: true, measure: drainBull({ ...bull, concurrency: 50 }) },
    { name: 'bullmq-200', title: 'BullMQ, c=200', measure: drainBull({ ...bull, concurrency: 200 }) },
    {
      name: 'bullmq-sandbox',
      title: 'BullMQ, 6 sandboxed threads',
      measure: drainBull({ task, count: [20_000, 1_000], concurrency: 6, sandbox: true }),
    },
    {
      name: 'celery-prefork',
      title: 'Celery, prefork, 2 processes',
      measure: drainCelery({ task, count: [6_000, 500], args: ['-P', 'prefork', '-c', '2'] }),
    },
    {
      name: 'piscina',
      title: 'Piscina alone, 2 threads, no queue',
      redis: 'none',
      measure: drainPiscina({ task, count: [100_000, 10_000] }),
    },
  ],
  checks: [
    {
      text: "Lovage to bee-queue's best",
      value: (median) => median('lovage') / Math.max(median('bee-queue-50'), median('bee-queue-200')),
      atLeast: 3,
      unit: '×',
    },
    {
      text: "Lovage to BullMQ's best",
      value: (median) => median('lovage') / Math.max(median('bullmq-50'), median('bullmq-200')),
      atLeast: 4,
      unit: '×',
    },
    {
      text: "Lovage to BullMQ's sandboxed threads",
      value: (median) => median('lovage') / median('bullmq-sandbox'),
      atLeast: 20,
      unit: '×',
    },
    {
      text: 'Lovage to Celery',
      value: (median) => median('lovage') / median('celery-prefork'),
      atLeast: 50,
      unit: '×',
    },
  ],
}
