import { fileURLToPath } from 'node:url'

/** @typedef {import('../../harness/types.ts').Run} Run */

const HERE = fileURLToPath(new URL('.', import.meta.url))
const MAIN = fileURLToPath(new URL('../../../dist/src/cli/lovage.js', import.meta.url))
/** The broker's database, by default. */
const DATABASE = 10

/** The key under which the service keeps codes. */
export const CODE_KEY = 'of no use beyond a run of the benchmark'

/** What production asks for. Rows may put more on the queue than it holds by default. */
const PRODUCTION = {
  SMS_CONSOLE_IN_PRODUCTION: '1',
  SESSION_KEYS: 'of no use beyond a run of the benchmark',
  CODE_KEY,
  QUEUE_MAX_LENGTH: '2000000',
}

/** All requests come from one address, and more of them than a shop has customers. */
const ONE_ADDRESS = {
  BUDGET_SMS_PER_ADDRESS_HOUR: 'none',
  BUDGET_SMS_PER_ADDRESS_DAY: 'none',
  BUDGET_SMS_PER_MINUTE: 'none',
  BUDGET_PICTURES_PER_ADDRESS_MINUTE: 'none',
  BUDGET_COUNTS_PER_ADDRESS_MINUTE: 'none',
  BUDGET_LOGINS_PER_ADDRESS_MINUTE: 'none',
}

/** The same log level for all contenders. */
const LEVEL = 'warning'

/**
 * A program of this folder, with its argument.
 *
 * @param {string} name @param {Record<string, unknown>} given
 */
export function lovageProgram(name, given) {
  return [process.execPath, `${HERE}${name}`, JSON.stringify(given)]
}

/** Where its programs run, and their environment. @param {Run} run */
export function lovageOptions({ folder }) {
  return { cwd: HERE, env: { ...PRODUCTION, DATA_DIR: folder } }
}

/** @param {Run} run */
export function lovageBroker({ redis }) {
  return redis.url(DATABASE)
}

/**
 * Puts tasks on the queue.
 *
 * @param {Run} run @param {{ task: string, count: number }} what
 */
export async function fillLovage(run, what) {
  const broker = lovageBroker(run)
  await run.processes.json(lovageProgram('fill.mjs', { broker, ...what }), lovageOptions(run))
}

/**
 * Starts `lovage worker`, as a user does.
 *
 * @param {Run} run @param {string[]} args beside application, broker and log level
 */
export function startLovageWorker(run, args, more = {}) {
  const command = [process.execPath, MAIN, 'worker', '-A', 'tasks.mjs', '-b', lovageBroker(run), '-l', LEVEL, ...args]
  const { cwd, env } = lovageOptions(run)
  return run.processes.start(command, { cwd, env: { ...env, ...more } })
}

/**
 * Starts `lovage serve`, as a user does: the service and a worker, on a port that the system chooses.
 *
 * @param {Run} run @param {string[]} args beside application and log level
 * @param {Record<string, string>} [more] more of its environment
 */
export function startLovageServe(run, args, more = {}) {
  const command = [process.execPath, MAIN, 'serve', '-A', 'tasks.mjs', '--port', '0', '-l', LEVEL, ...args]
  const { cwd, env } = lovageOptions(run)
  const { redis } = run
  const places = {
    CELERY_BROKER_URL: lovageBroker(run),
    SESSION_REDIS_URL: redis.url(1),
    CODES_REDIS_URL: redis.url(2),
  }
  return run.processes.start(command, { cwd, env: { ...env, ...ONE_ADDRESS, ...places, ...more } })
}

/**
 * How many tasks wait on the queue, or are under a claim.
 *
 * @param {Run} run @param {string[]} [queues]
 */
export function lookAtLovage({ redis }, queues = ['celery']) {
  const client = redis.client(DATABASE)
  /** @type {string[]} */
  let claims = []
  return async () => {
    if (claims.length === 0) {
      const starts = await client.smembers('lovage:nodes')
      claims = starts.map((start) => ['lovage:claims', ...JSON.parse(start)].join(':'))
    }
    const pipeline = client.multi()
    for (const queue of queues) pipeline.llen(queue)
    for (const key of claims) pipeline.hlen(key)
    const answers = (await pipeline.exec()) ?? []
    const sum = (/** @type {number} */ from, /** @type {number} */ to) =>
      answers.slice(from, to).reduce((total, [, value]) => total + Number(value), 0)
    return { waiting: sum(0, queues.length), claimed: sum(queues.length, answers.length) }
  }
}

/** Throws where a task did not end well: everything that was set aside is in one of these. @param {Run} run */
export async function checkLovage({ redis }) {
  const aside = await redis.client(DATABASE).smembers('lovage:aside')
  if (aside.length > 0) throw new Error(`tasks were set aside: ${aside.join(', ')}`)
}
