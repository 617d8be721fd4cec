import { loadProgram, portOf } from '../contenders/http/http.mjs'
import { startProvider } from '../contenders/http/provider.mjs'
import { startKoa } from '../contenders/koa/koa.mjs'
import { startLovageServe } from '../contenders/lovage/lovage.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */

/** So many browsers at once, each of which asks again when it has its answer. */
const CONNECTIONS = 50

/** @param {Run} run */
const usual = (run) => ({ warmUp: run.count(3_000, 100), count: run.count(20_000, 400) })
/** With a gateway that its handlers wait for in vain: one request each. */
const once = () => ({ warmUp: 0, count: CONNECTIONS })

/**
 * @param {Run} run
 * @param {import('../harness/types.ts').Started} service
 * @param {{ warmUp: number, count: number }} amount
 */
async function load(run, service, amount) {
  const what = { kind: /** @type {const} */ ('sms'), port: await portOf(service), connections: CONNECTIONS, ...amount }
  return run.processes.json(loadProgram(run, what))
}

/** @param {{ answers: boolean }} behaviour of the gateway @param {string[]} [args] of `lovage serve` */
function lovage(behaviour, args = []) {
  return async (/** @type {Run} */ run) => {
    const provider = await startProvider(run, behaviour)
    const result = await load(run, startLovageServe(run, args, provider.env), usual(run))
    await provider.check()
    return result
  }
}

/** @param {{ answers: boolean }} behaviour of the gateway that its handler waits for */
function waitingKoa(behaviour) {
  return async (/** @type {Run} */ run) => {
    const provider = await startProvider(run, behaviour)
    const result = await load(run, startKoa(run, provider.settings), behaviour.answers ? usual(run) : once())
    await provider.check()
    return result
  }
}

/** @type {import('../harness/types.ts').Row} */
export const smsCodes = {
  name: 'sms-codes',
  title: `POST /sms_codes from another process, ${CONNECTIONS} connections`,
  requirement:
    'Lovage at least half the requests/s of bare Koa; its p99 with a gateway that hangs at most 1.1 × that with one that answers at once',
  metrics: {
    rate: { title: 'requests/s', better: 'more' },
    p50: { title: 'p50, ms', better: 'less', detail: true },
    p99: { title: 'p99, ms', better: 'less' },
  },
  contenders: [
    { name: 'lovage-instant', title: 'Lovage, gateway answers at once', measure: lovage({ answers: true }) },
    {
      name: 'lovage-instant-async',
      title: 'Lovage, the same with -P async -c 100',
      fullOnly: true,
      measure: lovage({ answers: true }, ['-P', 'async', '-c', '100']),
    },
    { name: 'lovage-hung', title: 'Lovage, gateway hangs', measure: lovage({ answers: false }) },
    {
      name: 'koa-bare',
      title: 'bare Koa, sends nothing',
      measure: async (run) => load(run, startKoa(run, null), usual(run)),
    },
    { name: 'koa-instant', title: 'Koa that waits for the gateway', measure: waitingKoa({ answers: true }) },
    {
      name: 'koa-hung',
      title: 'Koa that waits for a gateway that hangs',
      fullOnly: true,
      measure: waitingKoa({ answers: false }),
    },
  ],
  checks: [
    {
      text: 'Lovage to bare Koa, requests/s, the gateway answers at once',
      value: (median) => median('lovage-instant') / median('koa-bare'),
      atLeast: 0.5,
      unit: '×',
    },
    {
      text: 'Lovage to bare Koa, requests/s, the gateway hangs',
      value: (median) => median('lovage-hung') / median('koa-bare'),
      atLeast: 0.5,
      unit: '×',
    },
    {
      text: 'p99 with a gateway that hangs to p99 with one that answers at once',
      value: (median) => median('lovage-hung', 'p99') / median('lovage-instant', 'p99'),
      atMost: 1.1,
      unit: '×',
    },
  ],
  mostRounds: 3,
}
