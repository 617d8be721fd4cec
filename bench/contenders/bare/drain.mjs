// Works a list off in as many threads as are given: one round trip ends the task before and takes the next one.
import { Piscina } from 'piscina'
import { Redis } from 'ioredis'
import { given, tell } from '../given.mjs'

const redis = new Redis(given.url)
const message = JSON.stringify({ task: given.task, number: given.number, text: 'a small payload' })
await redis.lpush('waiting', ...Array.from({ length: given.count }, () => message))

const begun = performance.now()
const pool = new Piscina({
  filename: new URL('../piscina/work.mjs', import.meta.url).href,
  minThreads: given.threads,
  maxThreads: given.threads,
})
const slot = async () => {
  let taken = await redis.lmove('waiting', 'taken', 'RIGHT', 'LEFT')
  while (taken !== null) {
    await pool.run(JSON.parse(taken))
    const answers = await redis.pipeline().lrem('taken', 1, taken).lmove('waiting', 'taken', 'RIGHT', 'LEFT').exec()
    taken = /** @type {string | null} */ (answers?.[1]?.[1] ?? null)
  }
}
await Promise.all(Array.from({ length: given.threads }, slot))
tell({ rate: (given.count / (performance.now() - begun)) * 1000 })
await pool.destroy()
redis.disconnect()
