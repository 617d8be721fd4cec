import { DRAIN_METRICS, drainBare, drainBull, drainLovage, drainPiscina } from '../contenders/draining.mjs'
import { compute } from '../contenders/work.mjs'

const task = 'compute'
/** How long a task computes on an idle processor, in milliseconds. */
const TASK_MS = 5
const count = /** @type {const} */ ([2_000, 200])

/** @type {number | undefined} */
let loops

/** How many loops take so long on this machine; the same for all contenders of a run of the benchmark. */
function loopsPerTask() {
  if (loops !== undefined) return loops
  const probe = 1_000_000
  const times = Array.from({ length: 25 }, () => {
    const begun = performance.now()
    compute(probe)
    return performance.now() - begun
  })
  // The fastest is the one that nothing else came in between of.
  loops = Math.round((probe * TASK_MS) / Math.min(...times))
  return loops
}

/**
 * @param {(options: { task: string, count: typeof count, number: number }) => import('../contenders/draining.mjs').Measure} drain
 * @returns {import('../contenders/draining.mjs').Measure}
 */
const measure = (drain) => (run) => drain({ task, count, number: loopsPerTask() })(run)

/** @type {import('../harness/types.ts').Row} */
export const computing = {
  name: 'computing',
  title: `Tasks that compute for ${TASK_MS} ms, two at once`,
  requirement: 'Lovage at least 95 % of Piscina alone',
  metrics: DRAIN_METRICS,
  contenders: [
    { name: 'lovage', title: 'Lovage, 2 threads', measure: measure(drainLovage) },
    { name: 'piscina', title: 'Piscina alone, 2 threads, no queue', redis: 'none', measure: measure(drainPiscina) },
    { name: 'bare', title: 'Redis and Piscina, no queue', measure: measure(drainBare) },
    {
      name: 'bullmq-sandbox',
      title: 'BullMQ, 2 sandboxed threads',
      measure: measure((options) => drainBull({ ...options, concurrency: 2, sandbox: true })),
    },
  ],
  checks: [
    {
      text: 'Lovage to Piscina alone',
      value: (median) => median('lovage') / median('piscina'),
      atLeast: 0.95,
      unit: '×',
    },
    { text: 'Lovage to Redis and Piscina', value: (median) => median('lovage') / median('bare'), unit: '×' },
  ],
}
