import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Processes } from './processes.mjs'
import { startRedis } from './redis.mjs'

/** How long one run may take, in milliseconds: one that hangs must not hold up the others for ever. */
const LIMIT_MS = { full: 180_000, quick: 60_000 }

/**
 * Measures a contender once: with an empty Redis, an empty folder and processes of its own, and nothing of them left
 * afterwards.
 *
 * @param {import('./types.ts').Contender} contender
 * @param {{ quick: boolean, signal: AbortSignal }} options `signal`: gives up
 * @returns {Promise<import('./types.ts').Measurement>}
 * @throws what the contender throws; or that a process of it has failed, or that it took too long
 */
export async function runOnce({ redis: appendfsync = 'everysec', measure }, { quick, signal }) {
  signal.throwIfAborted()
  const folder = mkdtempSync(join(tmpdir(), 'lovage-bench-'))
  const processes = new Processes()
  /** @type {import('./types.ts').RedisServer | null} */
  let redis = null
  const ending = new AbortController()
  try {
    if (appendfsync !== 'none') redis = await startRedis({ folder, appendfsync })
    const count = (/** @type {number} */ full, /** @type {number} */ few) => (quick ? few : full)
    const run = { quick, count, folder, processes, redis: redis ?? NO_REDIS }
    return await Promise.race([
      measure(run),
      processes.failed,
      givenUp(signal, LIMIT_MS[quick ? 'quick' : 'full'], ending.signal),
    ])
  } finally {
    ending.abort()
    await processes.endAll()
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** For whoever said that it needs no Redis. @type {import('./types.ts').RedisServer} */
const NO_REDIS = { port: 0, url: refuse, client: refuse, settle: refuse, stop: refuse }

function refuse() {
  throw new Error('this contender said that it needs no Redis')
}

/** @param {AbortSignal} signal @param {number} limitMs @param {AbortSignal} over @returns {Promise<never>} */
function givenUp(signal, limitMs, over) {
  return new Promise((_, reject) => {
    const onAbort = () => reject(signal.reason)
    const timer = setTimeout(() => reject(new Error(`it took longer than ${limitMs / 1000} s`)), limitMs)
    signal.addEventListener('abort', onAbort, { once: true })
    over.addEventListener('abort', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    })
  })
}
