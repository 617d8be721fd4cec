import { join } from 'node:path'
import { lovageOptions, lovageProgram } from '../contenders/lovage/lovage.mjs'
import { freePort } from '../harness/redis.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */

/** @param {Run} run */
async function measure(run) {
  const given = { port: await freePort(), dataDir: join(run.folder, 'data'), times: run.count(5, 1) }
  return run.processes.json(lovageProgram('start-time.mjs', given), lovageOptions(run))
}

/** @type {import('../harness/types.ts').Row} */
export const start = {
  name: 'start',
  title: 'Start of a service that is built and has data, with its embedded Redis',
  requirement: 'to /readyz 200 at most 1.2 s; lovage inspect ping at most 0.3 s',
  metrics: {
    ready: { title: 'to /readyz 200, ms', better: 'less' },
    ping: { title: 'lovage inspect ping, ms', better: 'less' },
    node: { title: 'node -e 0, ms', better: 'less', detail: true },
  },
  contenders: [{ name: 'lovage', title: 'Lovage', redis: 'none', measure }],
  checks: [
    { text: 'To /readyz 200', value: (median) => median('lovage', 'ready') / 1000, atMost: 1.2, unit: 's' },
    { text: 'lovage inspect ping', value: (median) => median('lovage', 'ping') / 1000, atMost: 0.3, unit: 's' },
  ],
}
