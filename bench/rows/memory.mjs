import { setTimeout as wait } from 'node:timers/promises'
import { bareProgram } from '../contenders/bare/bare.mjs'
import {
  checkLovage,
  fillLovage,
  lookAtLovage,
  lovageBroker,
  lovageOptions,
  lovageProgram,
  startLovageServe,
  startLovageWorker,
} from '../contenders/lovage/lovage.mjs'
import { watchDrain } from '../harness/drain.mjs'
import { memoryOf } from '../harness/memory.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */

const MB = 1_000_000
/** How often the service is looked at while it works tasks off. */
const LOOKS = { full: 10, quick: 2 }
/** How many more threads the process has that shows what one takes. */
const MORE_THREADS = 8

/** The service and a worker in one process, while tasks come and go. @param {Run} run @param {string[]} [args] more options */
async function serviceMemory(run, args = /** @type {string[]} */ ([])) {
  const service = startLovageServe(run, ['-P', 'threads', '-c', '2', ...args])
  await service.said(/broker/)
  const look = lookAtLovage(run)
  const looks = run.count(LOOKS.full, LOOKS.quick)
  const part = run.count(1_000_000, 20_000) / looks
  const sizes = []
  for (let done = 0; done < looks; done += 1) {
    await fillLovage(run, { task: 'noop', count: part })
    await watchDrain({ look, failed: run.processes.failed })
    sizes.push((await memoryOf(service.pid)) / MB)
  }
  await checkLovage(run)
  const [first = Number.NaN] = sizes
  const last = sizes.at(-1) ?? Number.NaN
  return { last, first, most: Math.max(...sizes), growth: last / first }
}

/** What a thread takes that runs a task. @param {Run} run */
async function threadMemory(run) {
  const few = await memoryWithThreads(run, 2)
  const many = await memoryWithThreads(run, 2 + MORE_THREADS)
  return { thread: (many - few) / MORE_THREADS / MB }
}

/** @param {Run} run @param {number} threads */
async function memoryWithThreads(run, threads) {
  const worker = startLovageWorker(run, ['-P', 'threads', '-c', String(threads)])
  await worker.said(/broker/)
  // As many long tasks at once as there are threads: each has started one.
  await fillLovage(run, { task: 'wait', count: threads * 3 })
  await watchDrain({ look: lookAtLovage(run), failed: run.processes.failed })
  await wait(200)
  const bytes = await memoryOf(worker.pid)
  await worker.end()
  return bytes
}

/** What a service like ours cannot be without, as packages; Piscina and our own code come on top. */
const MODULES = [
  'koa',
  '@koa/router',
  'koa-helmet',
  'koa-bodyparser',
  'koa-session',
  'ioredis',
  'sequelize',
  'sqlite3',
  'joi',
  'bcrypt',
  'pino',
]

/** Node with nothing but those modules and two empty threads; and what one more empty thread takes. @param {Run} run */
async function bareMemory(run) {
  const few = await memoryOfBare(run, MODULES, 2)
  const none = await memoryOfBare(run, [], 2)
  const many = await memoryOfBare(run, [], 2 + MORE_THREADS)
  return { last: few / MB, thread: (many - none) / MORE_THREADS / MB }
}

/** @param {Run} run @param {string[]} modules @param {number} threads */
async function memoryOfBare(run, modules, threads) {
  const program = run.processes.start(bareProgram('threads.mjs', { modules, threads }))
  await program.said(/threads/)
  await wait(200)
  const bytes = await memoryOf(program.pid)
  await program.end()
  return bytes
}

/** What Redis keeps for a code that is to be sent. @param {Run} run */
async function messageMemory(run) {
  const count = run.count(10_000, 1_000)
  const program = lovageProgram('enqueue-sms.mjs', { broker: lovageBroker(run), count })
  await run.processes.json(program, lovageOptions(run))
  const client = run.redis.client(10)
  const length = await client.llen('celery')
  if (length !== count) throw new Error(`expected ${count} messages on the queue, came ${length}`)
  return { message: Number(await client.memory('USAGE', 'celery', 'SAMPLES', 0)) / count }
}

/** @type {import('../harness/types.ts').Row} */
export const memory = {
  name: 'memory',
  title: 'Memory',
  requirement:
    'API and 2 threads in one process at most 150 MB after 1,000,000 tasks, and flat; 10 MB per thread; 600 bytes of Redis per queued SMS task',
  metrics: {
    last: { title: 'MB of the process after 1,000,000 tasks', better: 'less' },
    first: { title: 'MB after 100,000 tasks', better: 'less', detail: true },
    most: { title: 'MB at the most, of ten looks', better: 'less', detail: true },
    growth: { title: 'after all tasks to after the first tenth', better: 'less', detail: true },
    thread: { title: 'MB per thread', better: 'less' },
    message: { title: 'bytes of Redis per queued SMS task', better: 'less' },
  },
  contenders: [
    { name: 'lovage-serve', title: 'lovage serve, 2 threads', measure: (run) => serviceMemory(run) },
    {
      name: 'lovage-serve-low',
      title: 'the same, --low-memory',
      measure: (run) => serviceMemory(run, ['--low-memory']),
    },
    { name: 'lovage-thread', title: 'Lovage, a thread', measure: threadMemory },
    { name: 'lovage-message', title: 'Lovage, a message', measure: messageMemory },
    {
      name: 'bare',
      title: 'Node, the modules, 2 empty threads',
      redis: /** @type {const} */ ('none'),
      measure: bareMemory,
    },
  ].map((contender) => ({ ...contender, base: contender.name })),
  checks: [
    { text: 'Process', value: (median) => median('lovage-serve', 'last'), atMost: 150, unit: 'MB' },
    {
      text: 'Process, at the end to after the first tenth',
      value: (median) => median('lovage-serve', 'growth'),
      atMost: 1.1,
      unit: '×',
    },
    {
      text: 'Process with --low-memory',
      value: (median) => median('lovage-serve-low', 'last'),
      atMost: 150,
      unit: 'MB',
    },
    { text: 'Thread', value: (median) => median('lovage-thread', 'thread'), atMost: 10, unit: 'MB' },
    { text: 'Message', value: (median) => median('lovage-message', 'message'), atMost: 600, unit: 'bytes' },
  ],
  mostRounds: 3,
}
