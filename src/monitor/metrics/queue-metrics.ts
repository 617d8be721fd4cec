import type { Registry } from 'prom-client'
import type { Inspector } from '../../engine/index.ts'
import { readTogether, sample, scrapedGauge, type Sample } from './scraped.ts'

/** For how long what was found is good, in milliseconds: however often metrics are asked for, Redis is not asked more often. */
const lookMs = 500

type Queue = Awaited<ReturnType<Inspector['look']>>['queues'][number]

/**
 * Adds what there is of each queue that the worker takes tasks from, or that anything was set aside from; the inspector bounds how many these
 * are. While the broker does not answer there are no figures of queues.
 */
export function addQueueMetrics(registry: Registry, inspector: Pick<Inspector, 'look'>): void {
  const found = readTogether(lookMs, () =>
    inspector.look().then(
      ({ queues }) => queues,
      (): readonly Queue[] => [],
    ),
  )
  const perQueue = async <Label extends string>(
    samples: (queue: Queue) => readonly Sample<Label>[],
  ): Promise<Sample<Label>[]> => (await found()).flatMap(samples)

  scrapedGauge(registry, {
    name: 'lovage_queue_messages',
    help: 'Messages that wait on a queue, in all priorities',
    labelNames: ['queue'],
    read: () => perQueue(({ name: queue, byPriority }) => [sample({ queue }, sum(byPriority))]),
  })
  scrapedGauge(registry, {
    name: 'lovage_queue_oldest_message_age_seconds',
    help: 'Age of the oldest message that waits on a queue; 0 where none waits, absent where it does not say when it was sent',
    labelNames: ['queue'],
    read: () =>
      perQueue(({ name: queue, byPriority, oldestAge }) =>
        oldestAge === null && sum(byPriority) > 0 ? [] : [sample({ queue }, (oldestAge ?? 0) / 1000)],
      ),
  })
  scrapedGauge(registry, {
    name: 'lovage_queue_scheduled_messages',
    help: 'Messages that are due later, those of retries included',
    labelNames: ['queue'],
    read: () => perQueue(({ name: queue, scheduled }) => [sample({ queue }, scheduled)]),
  })
  scrapedGauge(registry, {
    name: 'lovage_queue_retrying_messages',
    help: 'Of those, the ones that have run and will be run again',
    labelNames: ['queue'],
    read: () => perQueue(({ name: queue, retrying }) => [sample({ queue }, retrying)]),
  })
  scrapedGauge(registry, {
    name: 'lovage_queue_rate_limited_messages',
    help: "Messages that wait for their task's rate limit",
    labelNames: ['queue'],
    read: () => perQueue(({ name: queue, limited }) => [sample({ queue }, limited)]),
  })
  scrapedGauge(registry, {
    name: 'lovage_queue_set_aside_messages',
    help: 'Messages that are set aside: dead letters, of unknown tasks, unreadable',
    labelNames: ['queue', 'kind'],
    read: () =>
      perQueue(({ name: queue, dead, unknown, unreadable }) =>
        Object.entries({ dead, unknown, unreadable }).map(([kind, count]) => sample({ queue, kind }, count)),
      ),
  })
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}
