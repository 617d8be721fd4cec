// How long Lovage takes to be ready, and `lovage inspect ping` to be answered; and node itself to start and do nothing.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { quantile } from '../../harness/statistics.mjs'
import { given, tell } from '../given.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** How often it is looked whether the service is ready, in milliseconds. */
const LOOK_MS = 5
/** What the one process prints before it is ready is of no use, and both are in one group, which the harness ends. */
const OPTIONS = { cwd: ROOT, stdio: /** @type {const} */ (['ignore', 'ignore', 'inherit']) }

/** @returns {Promise<number>} the status of /readyz; 0 where nobody listens */
async function readiness() {
  const asked = request({ host: '127.0.0.1', port: given.port, path: '/readyz', agent: false }).end()
  try {
    const [answer] = await once(asked, 'response')
    answer.resume()
    return answer.statusCode
  } catch {
    return 0
  }
}

/** Starts the service as `npm start` does, on a data folder. @returns the time to /readyz 200, in milliseconds, and how to end it */
async function startService() {
  const args = ['scripts/start.mjs', '--port', String(given.port), '--data-dir', given.dataDir, '-l', 'warning']
  const began = performance.now()
  const service = spawn(process.execPath, args, OPTIONS)
  const ended = once(service, 'exit')
  while ((await readiness()) !== 200) {
    if (service.exitCode !== null) throw new Error(`the service ended with exit code ${service.exitCode}`)
    await wait(LOOK_MS)
  }
  const ready = performance.now() - began
  const end = async () => {
    service.kill('SIGTERM')
    await ended
  }
  return { ready, end }
}

/** @param {string[]} args of node @returns {Promise<number>} milliseconds from the start of a program to its end */
async function timeOf(args) {
  const began = performance.now()
  await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  return performance.now() - began
}

// The first start makes data folder, database and Redis' file.
const first = await startService()
await first.end()
const { ready, end } = await startService()
const pings = []
const nodes = []
for (let time = 0; time < given.times; time += 1) {
  pings.push(await timeOf(['dist/src/cli/lovage.js', 'inspect', 'ping', '--data-dir', given.dataDir]))
  nodes.push(await timeOf(['-e', '0']))
}
await end()
tell({ ready, ping: quantile(pings, 0.5), node: quantile(nodes, 0.5) })
