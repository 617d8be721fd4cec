import { availableParallelism } from 'node:os'
import { bcryptProgram } from '../contenders/bcrypt/bcrypt.mjs'
import { loadProgram, portOf } from '../contenders/http/http.mjs'
import { CODE_KEY, startLovageServe } from '../contenders/lovage/lovage.mjs'

/** @typedef {import('../harness/types.ts').Run} Run */

/** bcrypt's cost, as it is by default. */
const COST = 12
/** Enough that a hash is always waiting. */
const CONNECTIONS = 8
const PROCESSORS = availableParallelism()
/** How many hashes the service makes at once: it leaves a processor to the rest. */
const AT_ONCE = Math.max(1, Math.min(3, PROCESSORS - 1))

/** @param {Run} run */
const countOf = (run) => run.count(60, 8)

/** @param {Run} run */
async function lovage(run) {
  const service = startLovageServe(run, [], { BCRYPT_COST: String(COST) })
  const what = { kind: /** @type {const} */ ('register'), port: await portOf(service), codeKey: CODE_KEY }
  const amount = { connections: CONNECTIONS, warmUp: 2, count: countOf(run) }
  return run.processes.json(loadProgram(run, { ...what, ...amount }))
}

/** @param {number} atOnce */
function bcrypt(atOnce) {
  return (/** @type {Run} */ run) => run.processes.json(bcryptProgram({ count: countOf(run), atOnce, cost: COST }))
}

/** @type {import('../harness/types.ts').Row} */
export const register = {
  name: 'register',
  title: `POST /register, ${CONNECTIONS} connections, bcrypt's cost ${COST}`,
  requirement: 'at least 90 % of what bcrypt alone does, with as many hashes at once as the service makes',
  metrics: {
    rate: { title: 'registrations or hashes/s', better: 'more' },
    p99: { title: 'p99, ms', better: 'less', detail: true },
  },
  contenders: [
    { name: 'lovage', title: 'Lovage', measure: lovage },
    { name: 'bcrypt-some', title: `bcrypt alone, ${AT_ONCE} at once`, redis: 'none', measure: bcrypt(AT_ONCE) },
    { name: 'bcrypt-all', title: `bcrypt alone, ${PROCESSORS} at once`, redis: 'none', measure: bcrypt(PROCESSORS) },
  ],
  checks: [
    {
      text: `Lovage to bcrypt alone, ${AT_ONCE} at once`,
      value: (median) => median('lovage') / median('bcrypt-some'),
      atLeast: 0.9,
      unit: '×',
    },
    {
      text: `Lovage to bcrypt alone, ${PROCESSORS} at once, as many as there are processors`,
      value: (median) => median('lovage') / median('bcrypt-all'),
      unit: '×',
    },
  ],
}
