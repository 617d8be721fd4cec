import { setTimeout as wait } from 'node:timers/promises'
import { loadProgram, portOf } from '../contenders/http/http.mjs'
import { fillLovage, startLovageServe } from '../contenders/lovage/lovage.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */

/** Requests a second: far from what the service can do, so that none waits for the one before. */
const PACE = 200
/** More than any run takes. */
const MOST_REQUESTS = 20_000
/** How long the service is asked where nothing is drained, in milliseconds. */
const IDLE_MS = { full: 5_000, quick: 1_000 }
/** How often it is looked whether the queue is empty, in milliseconds. */
const LOOK_MS = 20

/**
 * Asks the service for codes, so many times a second, while something goes on.
 *
 * @param {Run} run
 * @param {(run: Run) => Promise<number>} meanwhile how long it took, in seconds
 */
async function askWhile(run, meanwhile) {
  const service = startLovageServe(run, ['-P', 'threads', '-c', '2'])
  const what = { kind: /** @type {const} */ ('sms'), port: await portOf(service), connections: 10, pace: PACE }
  const load = run.processes.start(loadProgram(run, { ...what, warmUp: run.count(500, 100), count: MOST_REQUESTS }))
  await load.said(/^warm$/)
  await emptied(run)
  load.tell('begin')
  const seconds = await meanwhile(run)
  load.tell('end')
  const { p50, p99, worst } = JSON.parse(await load.said(/^\{/))
  return { p50, p99, worst, seconds }
}

/** Until a task of the requests is the next one, or none: behind the others, those that they put on the queue come last. @param {Run} run */
async function drained(run) {
  const client = run.redis.client(10)
  while ((await client.lindex('celery', -1))?.includes('"bench.noop"')) await wait(LOOK_MS)
}

/** Until nothing is on the queue. @param {Run} run */
async function emptied(run) {
  const client = run.redis.client(10)
  while ((await client.llen('celery')) > 0) await wait(LOOK_MS)
}

/** A queue that is full already, which appears all at once when the service is asked already. @param {Run} run */
async function whileDraining(run) {
  const client = run.redis.client(10)
  const total = run.count(300_000, 20_000)
  await fillLovage(run, { task: 'noop', count: total })
  await client.rename('celery', 'held')
  await run.redis.settle()
  const { p50, p99, worst, seconds } = await askWhile(run, async () => {
    const began = performance.now()
    await client.rename('held', 'celery')
    await drained(run)
    return (performance.now() - began) / 1000
  })
  return { p99, worst, p50, drained: total / seconds }
}

/** @param {Run} run */
async function whileIdle(run) {
  const { p50, p99, worst } = await askWhile(run, async () => {
    await wait(run.count(IDLE_MS.full, IDLE_MS.quick))
    return 0
  })
  return { p99, worst, p50 }
}

/** @type {import('../harness/types.ts').Row} */
export const apiWhileDraining = {
  name: 'api-while-draining',
  title: `POST /sms_codes, ${PACE} a second, while the same process drains a queue of no-op tasks`,
  requirement: 'p99 at most 25 ms, no request over 100 ms',
  metrics: {
    p99: { title: 'p99, ms', better: 'less' },
    worst: { title: 'the longest, ms', better: 'less' },
    p50: { title: 'p50, ms', better: 'less', detail: true },
    drained: { title: 'tasks/s drained meanwhile', better: 'more', detail: true },
  },
  contenders: [
    { name: 'lovage-draining', title: 'Lovage, draining', measure: whileDraining },
    { name: 'lovage-idle', title: 'Lovage, nothing to drain', measure: whileIdle },
  ],
  checks: [
    { text: 'p99', value: (median) => median('lovage-draining', 'p99'), atMost: 25, unit: 'ms' },
    { text: 'The longest', value: (median) => median('lovage-draining', 'worst'), atMost: 100, unit: 'ms' },
  ],
}
