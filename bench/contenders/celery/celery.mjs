import { fileURLToPath } from 'node:url'
import { lovageBroker } from '../lovage/lovage.mjs'

/** @typedef {import('../../harness/types.ts').Run} Run */

const HERE = fileURLToPath(new URL('.', import.meta.url))
const CLONE = fileURLToPath(new URL('../clone.mjs', import.meta.url))
/** The system's own, which has Celery as a package of the system. */
const PYTHON = '/usr/bin/python3'

/** What a worker does for others to look at, and that nobody looks at here. */
const ALONE = ['--without-gossip', '--without-mingle', '--without-heartbeat']

/** @param {Run} run @param {Record<string, string>} [env] */
function celeryOptions(run, env) {
  return { cwd: HERE, env: { BENCH_BROKER: lovageBroker(run), PYTHONDONTWRITEBYTECODE: '1', ...env } }
}

/** Sends tasks with its own client. @param {Run} run @param {string[]} args of send.py */
export function sendWithCelery(run, args) {
  const command = [PYTHON, `${HERE}send.py`, ...args]
  return { command, options: celeryOptions(run) }
}

/**
 * Puts tasks on the queue: one that its own client has sent, and others like it.
 *
 * @param {Run} run @param {{ task: string, count: number }} what
 */
export async function fillCelery(run, { task, count }) {
  const { command, options } = sendWithCelery(run, [task, '1'])
  await run.processes.json(command, options)
  const lists = [{ from: 'celery', copies: [{ to: 'celery', count }] }]
  await run.processes.json([process.execPath, CLONE, JSON.stringify({ broker: lovageBroker(run), lists })])
}

/**
 * @param {Run} run
 * @param {string[]} args pool and concurrency
 * @param {{ prefetch?: number }} [options] messages fetched beforehand, per task that can run at once
 */
export function startCelery(run, args, { prefetch = 128 } = {}) {
  const command = [PYTHON, '-m', 'celery', '-A', 'tasks', 'worker', '-l', 'warning', ...ALONE, ...args]
  return run.processes.start(command, celeryOptions(run, { BENCH_PREFETCH: String(prefetch) }))
}

/** How many tasks wait, or are claimed. @param {Run} run */
export function lookAtCelery({ redis }) {
  const client = redis.client(10)
  return async () => {
    const answers = (await client.multi().llen('celery').hlen('unacked').exec()) ?? []
    return { waiting: Number(answers[0]?.[1]), claimed: Number(answers[1]?.[1]) }
  }
}
