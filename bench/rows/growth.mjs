import { lovageBroker, lovageOptions, lovageProgram } from '../contenders/lovage/lovage.mjs'
import { steadyRate } from '../contenders/lovage/steady.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */
/** @typedef {import('../harness/types.ts').Contender} Contender */

/** What is the same where something else grows. */
const SAME = { backlog: 100_000, times: 1, threads: 2, queues: 1 }
const WARM_UP = 50_000
/** In a smoke test everything is so many times smaller. */
const QUICK_SHARE = 50

/**
 * @param {Partial<typeof SAME>} grown
 * @returns {Contender['measure']}
 */
function drainMeasure(grown) {
  return async (run) => {
    const { backlog, times, ...others } = { ...SAME, ...grown }
    const share = run.count(1, QUICK_SHARE)
    const sizes = { backlog: Math.ceil(backlog / share), times: Math.ceil(times / share), warmUp: WARM_UP / share }
    return steadyRate(run, { ...others, ...sizes })
  }
}

/**
 * Several processes send at once.
 *
 * @param {number} producers
 * @returns {Contender['measure']}
 */
function sendMeasure(producers) {
  return async (run) => {
    const many = run.count(240_000, 8_000) / producers
    const program = lovageProgram('enqueue.mjs', { broker: lovageBroker(run), one: 0, many, wait: true })
    const started = Array.from({ length: producers }, () => run.processes.start(program, lovageOptions(run)))
    await Promise.all(started.map((producer) => producer.said(/^ready$/)))
    for (const producer of started) producer.tell('go')
    const answers = await Promise.all(started.map(async (producer) => JSON.parse(await producer.said(/^\{/))))
    const begun = Math.min(...answers.map((answer) => answer.begun))
    const ended = Math.max(...answers.map((answer) => answer.ended))
    return { rate: ((many * producers) / (ended - begun)) * 1000 }
  }
}

const backlogs = [
  { name: '1k', title: '1,000 waiting', backlog: 1_000, times: 50 },
  { name: '10k', title: '10,000 waiting', backlog: 10_000, times: 10 },
  { name: '100k', title: '100,000 waiting', backlog: 100_000, times: 1 },
  { name: '1m', title: '1,000,000 waiting', backlog: 1_000_000, times: 1 },
]

/** The first of each is what the others are compared with. @type {Record<string, Contender[]>} */
const GROUPS = {
  backlog: backlogs.map(({ name, title, ...grown }) => ({
    name: `lovage-backlog-${name}`,
    title,
    measure: drainMeasure(grown),
  })),
  queues: [1, 10, 100].map((queues) => ({
    name: `lovage-queues-${queues}`,
    title: `${queues} ${queues === 1 ? 'queue' : 'queues'}`,
    measure: drainMeasure({ queues }),
  })),
  threads: [2, 8, 64].map((threads) => ({
    name: `lovage-threads-${threads}`,
    title: `${threads} threads`,
    measure: drainMeasure({ threads }),
  })),
  producers: [1, 2, 4, 8].map((producers) => ({
    name: `lovage-producers-${producers}`,
    title: `sending, ${producers} ${producers === 1 ? 'process' : 'processes'}`,
    measure: sendMeasure(producers),
  })),
}

/** @type {import('../harness/types.ts').Row} */
export const growth = {
  name: 'growth',
  title: 'How cost grows: backlog, queues, threads, producers',
  mostRounds: 3,
  requirement: 'no rate more than 15 % below the first of its kind',
  metrics: {
    rate: { title: 'tasks/s', better: 'more' },
    worker: { title: "µs of the worker's processor time a task", better: 'less', detail: true },
    redis: { title: "µs of Redis' processor time a task", better: 'less', detail: true },
  },
  contenders: Object.values(GROUPS).flatMap((group) =>
    group.map((contender, place) => ({
      ...contender,
      base: group[0]?.name ?? contender.name,
      fullOnly: place > 0 && place < group.length - 1,
    })),
  ),
  checks: Object.entries(GROUPS).map(([what, [first, ...others]]) => ({
    text: `Lowest rate to the first, ${what}`,
    value: (median) => Math.min(...others.map(({ name }) => median(name))) / median(first?.name ?? ''),
    atLeast: 0.85,
    unit: '×',
  })),
}
