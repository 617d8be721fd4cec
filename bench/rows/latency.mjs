import { bareProgram } from '../contenders/bare/bare.mjs'
import { beeProgram } from '../contenders/bee-queue/bee-queue.mjs'
import { bullProgram } from '../contenders/bullmq/bullmq.mjs'
import { sendWithCelery, startCelery } from '../contenders/celery/celery.mjs'
import { lovageBroker, lovageOptions, lovageProgram, startLovageWorker } from '../contenders/lovage/lovage.mjs'
import { quantile } from '../harness/statistics.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */

/** The first tasks of a process do not count: threads start, and code that has not run yet is slow. */
const WARM_UP = { full: 50, quick: 10 }
/** The least pause between two tasks of Celery's, in milliseconds, as in contenders/pacing.mjs. */
const PAUSE_MS = 10

/** @param {Run} run */
const warmUpOf = (run) => run.count(WARM_UP.full, WARM_UP.quick)
/** @param {Run} run */
const countOf = (run) => warmUpOf(run) + run.count(300, 20)

/**
 * @param {Run} run
 * @param {import('../harness/types.ts').Started} worker tells how long each task took to start
 */
async function latencies(run, worker) {
  const waits = []
  for (let task = 0; task < countOf(run); task += 1) waits.push(JSON.parse(await worker.said(/^\{"waited":/)).waited)
  const counted = waits.slice(warmUpOf(run))
  return { p50: quantile(counted, 0.5), p99: quantile(counted, 0.99) }
}

/** One process sends and works off. @param {Run} run */
async function lovageAlone(run) {
  const given = { broker: lovageBroker(run), count: countOf(run), works: true }
  return latencies(run, run.processes.start(lovageProgram('stamps.mjs', given), lovageOptions(run)))
}

/** @param {Run} run */
async function lovageApart(run) {
  const worker = startLovageWorker(run, ['-P', 'threads', '-c', '2'])
  await worker.said(/broker/)
  const given = { broker: lovageBroker(run), count: countOf(run), works: false }
  run.processes.start(lovageProgram('stamps.mjs', given), lovageOptions(run))
  return latencies(run, worker)
}

/**
 * @param {typeof beeProgram} program of bee-queue or BullMQ
 * @param {boolean} alone one process sends and works off
 * @returns {(run: Run) => Promise<{ p50: number, p99: number }>}
 */
function peer(program, alone) {
  return async (run) => {
    const given = { count: countOf(run), works: alone }
    if (alone) return latencies(run, run.processes.start(program(run, 'stamps.mjs', given)))
    const worker = run.processes.start(program(run, 'worker.mjs', { task: 'stamp', concurrency: 2 }))
    await worker.said(/^ready$/)
    run.processes.start(program(run, 'stamps.mjs', given))
    return latencies(run, worker)
  }
}

/** Less is not possible with Redis and a thread. @param {Run} run */
async function bareAlone(run) {
  const given = { url: run.redis.url(), count: countOf(run) }
  return latencies(run, run.processes.start(bareProgram('stamps.mjs', given)))
}

/** @param {Run} run */
async function celeryApart(run) {
  const worker = startCelery(run, ['-P', 'prefork', '-c', '2'])
  const { command, options } = sendWithCelery(run, ['stamp', String(countOf(run)), String(PAUSE_MS)])
  run.processes.start(command, options)
  return latencies(run, worker)
}

/** @type {import('../harness/types.ts').Row} */
export const latency = {
  name: 'latency',
  title: 'From delay() to the first line of the task, idle',
  requirement: "Lovage's p50 and p99 below bee-queue's; in the same process its p50 under half of it",
  metrics: { p50: { title: 'p50, ms', better: 'less' }, p99: { title: 'p99, ms', better: 'less' } },
  contenders: [
    { name: 'lovage-same', title: 'Lovage, same process', measure: lovageAlone },
    { name: 'bee-queue-same', title: 'bee-queue, same process', measure: peer(beeProgram, true) },
    { name: 'bullmq-same', title: 'BullMQ, same process', measure: peer(bullProgram, true) },
    { name: 'bare-same', title: 'Redis and a thread, no queue', measure: bareAlone },
    { name: 'lovage-other', title: 'Lovage, another process', measure: lovageApart },
    { name: 'bee-queue-other', title: 'bee-queue, another process', measure: peer(beeProgram, false) },
    { name: 'bullmq-other', title: 'BullMQ, another process', measure: peer(bullProgram, false) },
    { name: 'celery-other', title: 'Celery, another process', measure: celeryApart },
  ].map((contender) => ({ ...contender, base: `lovage-${contender.name.split('-').at(-1)}` })),
  checks: [
    { beside: 'bee-queue', where: 'same', metric: 'p50', bound: { atMost: 0.5 } },
    { beside: 'bee-queue', where: 'same', metric: 'p99', bound: { atMost: 1 } },
    { beside: 'bee-queue', where: 'other', metric: 'p50', bound: { atMost: 1 } },
    { beside: 'bee-queue', where: 'other', metric: 'p99', bound: { atMost: 1 } },
    { beside: 'bare', where: 'same', metric: 'p50', bound: {} },
  ].map(({ beside, where, metric, bound }) => ({
    text: `Lovage to ${beside}, ${where} process, ${metric}`,
    value: (/** @type {import('../harness/types.ts').MedianOf} */ median) =>
      median(`lovage-${where}`, metric) / median(`${beside}-${where}`, metric),
    ...bound,
    unit: '×',
  })),
}
