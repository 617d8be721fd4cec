import { bareProgram } from '../contenders/bare/bare.mjs'
import { beeProgram } from '../contenders/bee-queue/bee-queue.mjs'
import { bullProgram } from '../contenders/bullmq/bullmq.mjs'
import { sendWithCelery } from '../contenders/celery/celery.mjs'
import { lovageBroker, lovageOptions, lovageProgram } from '../contenders/lovage/lovage.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */

/** @param {{ one: number, many: number }} answer */
const rates = ({ one, many }) => ({ one, many })

/** @param {Run} run */
async function sendWithLovage(run) {
  const given = { broker: lovageBroker(run), one: run.count(10_000, 500), many: run.count(200_000, 10_000) }
  return rates(await run.processes.json(lovageProgram('enqueue.mjs', given), lovageOptions(run)))
}

/**
 * @param {typeof beeProgram} program of bee-queue or BullMQ
 * @param {boolean} bulk with the call that takes many
 * @returns {(run: Run) => Promise<{ one: number, many: number }>}
 */
function sendWithPeer(program, bulk) {
  return async (run) => {
    const given = { bulk, one: run.count(10_000, 500), many: run.count(60_000, 5_000) }
    return rates(await run.processes.json(program(run, 'enqueue.mjs', given)))
  }
}

/** @param {Run} run */
async function sendBare(run) {
  return run.processes.json(bareProgram('enqueue.mjs', { url: run.redis.url(), one: run.count(10_000, 500) }))
}

/** @param {Run} run */
async function sendByCelery(run) {
  const { command, options } = sendWithCelery(run, ['noop', String(run.count(5_000, 300))])
  return run.processes.json(command, options)
}

/** @type {import('../harness/types.ts').Row} */
export const enqueue = {
  name: 'enqueue',
  title: 'Sending tasks from one process',
  requirement: "Lovage at least bee-queue's rate one by one, 1.5 × its best with many at once",
  metrics: {
    one: { title: 'tasks/s, one by one, each awaited', better: 'more' },
    many: { title: 'tasks/s, 1,000 at once', better: 'more' },
  },
  contenders: [
    { name: 'lovage', title: 'Lovage, delay()', measure: sendWithLovage },
    { name: 'lovage-always', title: 'Lovage, appendfsync always', redis: 'always', measure: sendWithLovage },
    { name: 'bee-queue', title: 'bee-queue, save()', measure: sendWithPeer(beeProgram, false) },
    { name: 'bee-queue-bulk', title: 'bee-queue, save(), saveAll()', measure: sendWithPeer(beeProgram, true) },
    { name: 'bullmq', title: 'BullMQ, add()', measure: sendWithPeer(bullProgram, false) },
    { name: 'bullmq-bulk', title: 'BullMQ, add(), addBulk()', measure: sendWithPeer(bullProgram, true) },
    { name: 'celery', title: 'Celery, delay()', measure: sendByCelery },
    { name: 'bare', title: 'a script call each, no queue', measure: sendBare },
  ],
  checks: [
    {
      text: 'Lovage to bee-queue, one by one',
      value: (median) =>
        median('lovage', 'one') / Math.max(median('bee-queue', 'one'), median('bee-queue-bulk', 'one')),
      atLeast: 1,
      unit: '×',
    },
    {
      text: "Lovage to bee-queue's best, many at once",
      value: (median) =>
        median('lovage', 'many') / Math.max(median('bee-queue', 'many'), median('bee-queue-bulk', 'many')),
      atLeast: 1.5,
      unit: '×',
    },
  ],
}
