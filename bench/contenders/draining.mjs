/*
 * Each contender on a queue that is full already: fill it, wait until that is on disk, start a worker, and measure from
 * outside how long it takes (harness/drain.mjs).
 */
import { watchDrain } from '../harness/drain.mjs'
import { processorMeter } from '../harness/processors.mjs'
import { bareProgram } from './bare/bare.mjs'
import { beeProgram, lookAtBee } from './bee-queue/bee-queue.mjs'
import { bullProgram, lookAtBull } from './bullmq/bullmq.mjs'
import { fillCelery, lookAtCelery, startCelery } from './celery/celery.mjs'
import { checkLovage, fillLovage, lookAtLovage, startLovageWorker } from './lovage/lovage.mjs'
import { piscinaProgram } from './piscina/piscina.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */
/** @typedef {(run: Run) => Promise<{ rate: number, busy?: number }>} Measure */
/** @typedef {readonly [full: number, quick: number]} Count */

/** What is measured. */
export const DRAIN_METRICS = {
  rate: { title: 'tasks/s', better: /** @type {const} */ ('more') },
  busy: {
    title: 'share of all processors that worker and Redis had',
    better: /** @type {const} */ ('less'),
    detail: true,
  },
}

/** Two threads, as many as the others have where they have threads or processes. */
const LOVAGE_ARGS = ['-P', 'threads', '-c', '2']

/**
 * @param {Run} run
 * @param {number} total
 * @param {() => Promise<import('../harness/drain.mjs').Left>} look
 * @param {() => import('../harness/types.ts').Started} startWorker
 */
async function drainRate(run, total, look, startWorker) {
  await run.redis.settle()
  const meter = processorMeter([startWorker().pid, run.redis.pid])
  const lookAndMeasure = async () => {
    const left = await look()
    if (left.waiting === total) meter.begin()
    return left
  }
  const seconds = await watchDrain({ total, look: lookAndMeasure, failed: run.processes.failed })
  return { rate: total / seconds, busy: await meter.share() }
}

/**
 * @param {object} options
 * @param {string} options.task
 * @param {Count} options.count
 * @param {string[]} [options.args] pool and concurrency
 * @param {number} [options.number] what every task is given; by default each another one
 * @param {boolean} [options.celeryMessages] in the layout of Celery's own client
 * @param {Record<string, string>} [options.env] more of the worker's environment
 * @returns {Measure}
 */
export function drainLovage({ task, count, args = LOVAGE_ARGS, number, celeryMessages = false, env }) {
  return async (run) => {
    const total = run.count(...count)
    await (celeryMessages ? fillCelery(run, { task, count: total }) : fillLovage(run, { task, count: total, number }))
    const rate = await drainRate(run, total, lookAtLovage(run), () => startLovageWorker(run, args, env))
    await checkLovage(run)
    return rate
  }
}

/**
 * @param {{ task: string, count: Count, concurrency: number }} options
 * @returns {Measure}
 */
export function drainBee({ task, count, concurrency }) {
  return async (run) => {
    const total = run.count(...count)
    await run.processes.json(beeProgram(run, 'fill.mjs', { count: total }))
    const worker = beeProgram(run, 'worker.mjs', { task, concurrency })
    return drainRate(run, total, lookAtBee(run), () => run.processes.start(worker))
  }
}

/**
 * @param {object} options
 * @param {string} options.task
 * @param {Count} options.count
 * @param {number} options.concurrency
 * @param {boolean} [options.sandbox] in worker threads
 * @param {number} [options.number] what every job is given
 * @returns {Measure}
 */
export function drainBull({ task, count, concurrency, sandbox = false, number }) {
  return async (run) => {
    const total = run.count(...count)
    await run.processes.json(bullProgram(run, 'fill.mjs', { task, count: total, number }))
    const worker = bullProgram(run, 'worker.mjs', { task, concurrency, sandbox })
    return drainRate(run, total, lookAtBull(run), () => run.processes.start(worker))
  }
}

/**
 * @param {{ task: string, count: Count, args: string[], prefetch?: number }} options
 * @returns {Measure}
 */
export function drainCelery({ task, count, args, prefetch }) {
  return async (run) => {
    const total = run.count(...count)
    await fillCelery(run, { task, count: total })
    const { rate } = await drainRate(run, total, lookAtCelery(run), () => startCelery(run, args, { prefetch }))
    // Its processes have children, which are not counted.
    return { rate }
  }
}

/**
 * @param {{ task: string, count: Count, number?: number }} options
 * @returns {Measure}
 */
export function drainBare({ task, count, number }) {
  return async (run) => {
    const given = { url: run.redis.url(), task, count: run.count(...count), number, threads: 2 }
    return run.processes.json(bareProgram('drain.mjs', given))
  }
}

/**
 * @param {{ task: string, count: Count, number?: number }} options
 * @returns {Measure}
 */
export function drainPiscina({ task, count, number }) {
  return async (run) => run.processes.json(piscinaProgram({ task, count: run.count(...count), number, threads: 2 }))
}
