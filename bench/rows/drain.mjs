import { beeProgram, lookAtBee } from '../contenders/bee-queue/bee-queue.mjs'
import { checkLovage, fillLovage, lookAtLovage, startLovageWorker } from '../contenders/lovage/lovage.mjs'
import { watchDrain } from '../harness/drain.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */

/** @param {Run} run */
async function drainLovage(run) {
  const total = run.count(300_000, 20_000)
  await fillLovage(run, { task: 'noop', count: total })
  await run.redis.settle()
  startLovageWorker(run, ['-P', 'threads', '-c', '2'])
  const seconds = await watchDrain({ total, look: lookAtLovage(run), failed: run.processes.failed })
  await checkLovage(run)
  return { rate: total / seconds }
}

/** @param {number} concurrency @returns {(run: Run) => Promise<{ rate: number }>} */
function drainBee(concurrency) {
  return async (run) => {
    const total = run.count(100_000, 5_000)
    const { port } = run.redis
    await run.processes.json(beeProgram('fill.mjs', { port, count: total }))
    await run.redis.settle()
    run.processes.start(beeProgram('worker.mjs', { port, concurrency }))
    const seconds = await watchDrain({ total, look: lookAtBee(run), failed: run.processes.failed })
    return { rate: total / seconds }
  }
}

/** @type {import('../harness/types.ts').Row} */
export const drain = {
  name: 'drain',
  title: 'Drain of a queue of no-op tasks, results ignored',
  requirement: '3 × the best of bee-queue, 4 × the best of BullMQ, 20 × its thread sandbox, 50 × the best of Celery',
  metrics: { rate: { title: 'tasks/s', better: 'more' } },
  contenders: [
    { name: 'lovage', title: 'Lovage, 2 threads', measure: drainLovage },
    { name: 'bee-queue-50', title: 'bee-queue, c=50', measure: drainBee(50) },
  ],
  checks: [],
}
