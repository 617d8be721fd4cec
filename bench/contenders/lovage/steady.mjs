import { fileURLToPath } from 'node:url'
import { watchDrain } from '../../harness/drain.mjs'
import { processorMeter } from '../../harness/processors.mjs'
import { checkLovage, lookAtLovage, lovageBroker, lovageOptions, lovageProgram, startLovageWorker } from './lovage.mjs'

/** @typedef {import('../../harness/types.ts').Run} Run */

const CLONE = fileURLToPath(new URL('../clone.mjs', import.meta.url))
/** The program keeps what it puts on the queues in lists with this in front of their names. */
const READY = 'bench:ready:'
const WARM_UP = 'bench:warm-up:'

/**
 * The rate of a worker that has run for a while. Tasks are put on its queues all at once, and the time is taken until the
 * last one is settled.
 *
 * 1. Make the messages, beside the queues.
 * 2. Start the worker, and let it work off the first ones, which do not count: threads start, code is compiled.
 * 3. As often as is asked for: put a backlog on the queues, and wait until all of it is settled.
 *
 * @param {Run} run
 * @param {object} options
 * @param {number} options.backlog on all queues together
 * @param {number} options.times how often
 * @param {number} options.warmUp how many tasks do not count
 * @param {number} options.threads
 * @param {number} options.queues
 * @returns {Promise<{ rate: number, worker: number, redis: number }>} tasks per second, and the processor time that worker and Redis
 * take for a task, in µs
 */
export async function steadyRate(run, { backlog, times, warmUp, threads, queues }) {
  const names = queues === 1 ? ['celery'] : Array.from({ length: queues }, (_, index) => `queue-${index}`)
  const broker = lovageBroker(run)
  const program = lovageProgram('fill-queues.mjs', { broker, queues: names })
  await run.processes.json(program, lovageOptions(run))
  const lists = names.map((name) => ({
    from: name,
    copies: [
      { to: `${READY}${name}`, count: Math.ceil(backlog / queues) },
      { to: `${WARM_UP}${name}`, count: Math.ceil(warmUp / queues) },
    ],
  }))
  await run.processes.json([process.execPath, CLONE, JSON.stringify({ broker, lists })])
  await run.redis.settle()
  const worker = startLovageWorker(run, ['-P', 'threads', '-c', String(threads), '-Q', names.join(',')])
  await worker.said(/broker/)

  const client = run.redis.client(10)
  const look = lookAtLovage(run, names)
  /** @param {string} prefix @param {boolean} last nobody needs them again: they need not be copied */
  const workOff = async (prefix, last) => {
    const transaction = client.multi()
    for (const name of names) {
      if (last) transaction.rename(`${prefix}${name}`, name)
      else transaction.copy(`${prefix}${name}`, name)
    }
    for (const [error] of (await transaction.exec()) ?? []) if (error !== null) throw error
    return watchDrain({ look, failed: run.processes.failed })
  }
  await workOff(WARM_UP, true)
  const meters = [processorMeter([worker.pid]), processorMeter([run.redis.pid])]
  for (const meter of meters) meter.begin()
  let seconds = 0
  for (let time = 1; time <= times; time += 1) seconds += await workOff(READY, time === times)
  const tasks = Math.ceil(backlog / queues) * queues * times
  const [ours = 0, redis = 0] = await Promise.all(meters.map((meter) => meter.seconds()))
  await checkLovage(run)
  return { rate: tasks / seconds, worker: (ours / tasks) * 1e6, redis: (redis / tasks) * 1e6 }
}
