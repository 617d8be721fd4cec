// Runs tasks that are in memory in two threads: nothing is kept anywhere, nothing can be lost or found again.
import { Piscina } from 'piscina'
import { given, tell } from '../given.mjs'

const begun = performance.now()
const pool = new Piscina({
  filename: new URL('work.mjs', import.meta.url).href,
  minThreads: given.threads,
  maxThreads: given.threads,
  // So many wait in a thread's own queue, that it need not go idle between two.
  concurrentTasksPerWorker: given.atOnce,
})
const run = (/** @type {number} */ number) => pool.run({ task: given.task, number, text: 'a small payload' })
await Promise.all(Array.from({ length: given.count }, (_, index) => run(given.number ?? index)))
tell({ rate: (given.count / (performance.now() - begun)) * 1000 })
await pool.destroy()
