/*
 * The first file of every thread. On Node 20 a thread does not inherit the TypeScript loader, so where the engine
 * itself runs from its TypeScript sources, this plain JavaScript registers it; then it loads the thread's real work.
 */
import { workerData } from 'node:worker_threads'

const work = start()

async function start() {
  const thread = import.meta.url.replace(/bootstrap\.mjs$/, workerData.typescript ? 'thread.ts' : 'thread.js')
  if (workerData.typescript) {
    const { register } = await import('tsx/esm/api')
    register()
  }
  return import(thread)
}

/** Called by Piscina when the thread starts. */
export async function ready(link) {
  const thread = await work
  return thread.ready(link)
}

/** Called by Piscina for each job. */
export async function run(job) {
  const thread = await work
  return thread.run(job)
}

/** Called by Piscina before the thread ends, where runs are traced. */
export async function flush() {
  const thread = await work
  return thread.flush()
}

/** Called by Piscina once, where batches of short jobs come: its only end is that of the thread. */
export function watch() {
  return new Promise(() => {})
}
