import BeeQueue from 'bee-queue'

/**
 * What its own benchmark sets for the best throughput: no events, no jobs kept in memory, none that succeeded kept in
 * Redis.
 */
const LEAN = { getEvents: false, sendEvents: false, storeJobs: false, removeOnSuccess: true }

/** For a queue that only sends. */
export const PRODUCER = { ...LEAN, isWorker: false }

/** For a queue that works off. */
export const WORKER = LEAN

/** For one whose results are wanted: it has no other way to give them than to keep the job and to send an event. */
export const WORKER_WITH_RESULTS = { ...LEAN, sendEvents: true, removeOnSuccess: false }

/**
 * @param {{ port: number }} given
 * @param {import('bee-queue').QueueSettings} settings
 */
export function openBeeQueue({ port }, settings) {
  return new BeeQueue('bench', { ...settings, redis: { host: '127.0.0.1', port } })
}

/** @param {BeeQueue} queue @param {number} number */
export function createJob(queue, number) {
  return queue.createJob({ number, text: 'a small payload' })
}
