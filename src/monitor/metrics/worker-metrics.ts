import type { Registry } from 'prom-client'
import { threadEnds, type Pool, type Worker } from '../../engine/index.ts'
import { sample, scrapedCounter, scrapedGauge } from './scraped.ts'

/** A worker, and where its tasks run. */
export interface WorkerSource {
  readonly worker: Pick<Worker, 'activity' | 'slotsOfPools'>
  readonly pools: readonly Pick<Pool, 'kind' | 'counts'>[]
}

/** Adds what a worker does, and how its threads fare. */
export function addWorkerMetrics(registry: Registry, { worker, pools }: WorkerSource): void {
  scrapedGauge(registry, {
    name: 'lovage_claimed_messages',
    help: 'Messages that this process has claimed and not ended, short tasks that wait for their turn included',
    labelNames: [],
    read: () => [sample({}, worker.activity.running)],
  })
  scrapedGauge(registry, {
    name: 'lovage_slots',
    help: 'How many tasks run at once at most',
    labelNames: ['pool'],
    read: () => worker.slotsOfPools.map(({ pool, size }) => sample({ pool }, size)),
  })
  scrapedGauge(registry, {
    name: 'lovage_slots_taken',
    help: 'How many of those are taken; short tasks share one',
    labelNames: ['pool'],
    read: () => worker.slotsOfPools.map(({ pool, taken }) => sample({ pool }, taken)),
  })
  scrapedGauge(registry, {
    name: 'lovage_last_poll_timestamp_seconds',
    help: 'When the broker last answered a claim, or there was room again to ask; 0 for never. A worker that is full does not ask',
    labelNames: [],
    read: () => [sample({}, unixSeconds(worker.activity.lastPoll))],
  })
  scrapedCounter(registry, {
    name: 'lovage_claims_lost_total',
    help: 'Outcomes that could not be settled because the lease had lapsed and the claim was no longer ours',
    labelNames: [],
    read: () => [sample({}, worker.activity.lostClaims)],
  })
  scrapedCounter(registry, {
    name: 'lovage_messages_left_for_others_total',
    help: 'How often a message of an unknown task was left on its queue for others',
    labelNames: [],
    read: () => [sample({}, worker.activity.leftForOthers)],
  })
  scrapedGauge(registry, {
    name: 'lovage_threads',
    help: 'Threads that take tasks',
    labelNames: ['pool'],
    read: () => pools.map(({ kind, counts }) => sample({ pool: kind }, counts.alive)),
  })
  scrapedCounter(registry, {
    name: 'lovage_threads_started_total',
    help: 'Threads that were started',
    labelNames: ['pool'],
    read: () => pools.map(({ kind, counts }) => sample({ pool: kind }, counts.started)),
  })
  scrapedCounter(registry, {
    name: 'lovage_threads_ended_total',
    help: 'Threads that ended: killed at a hard time limit or with a revoked task, crashed, recycled, or never started',
    labelNames: ['pool', 'reason'],
    read: () =>
      pools.flatMap(({ kind, counts }) =>
        threadEnds.map((end) => sample({ pool: kind, reason: reasons[end] }, counts.ended[end])),
      ),
  })
}

const reasons: Readonly<Record<(typeof threadEnds)[number], string>> = {
  timeLimit: 'time_limit',
  terminated: 'terminated',
  crashed: 'crashed',
  recycled: 'recycled',
  notStarted: 'not_started',
}

/** @param milliseconds of `performance.now()`; 0 for never */
function unixSeconds(milliseconds: number): number {
  return milliseconds === 0 ? 0 : (performance.timeOrigin + milliseconds) / 1000
}
