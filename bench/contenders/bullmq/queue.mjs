import { Queue, Worker } from 'bullmq'

const NAME = 'bench'

/** A worker's connection waits for Redis for as long as it takes, as its documentation wants it for production. */
const connection = (/** @type {number} */ port) => ({ host: '127.0.0.1', port, maxRetriesPerRequest: null })

/** @param {{ port: number }} given */
export function openQueue({ port }) {
  return new Queue(NAME, { connection: connection(port) })
}

/**
 * Jobs that are done are removed, unless their results are wanted.
 *
 * @param {{ port: number, concurrency: number, keep?: boolean, useWorkerThreads?: boolean }} given
 * @param {string | URL | ((job: import('bullmq').Job) => Promise<unknown>)} processor
 */
export function openWorker({ port, concurrency, keep = false, useWorkerThreads = false }, processor) {
  const worker = new Worker(NAME, processor, {
    connection: connection(port),
    concurrency,
    useWorkerThreads,
    ...(!keep && { removeOnComplete: { count: 0 } }),
  })
  worker.on('error', (error) => {
    throw error
  })
  return worker
}

/** @param {number} number */
export function jobData(number) {
  return { number, text: 'a small payload' }
}
