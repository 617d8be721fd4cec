/*
 * The first file of the drawing thread. On Node 20 a thread does not inherit the TypeScript loader, so where the service itself
 * runs from its TypeScript sources, this plain JavaScript registers it; then it loads the thread's real work.
 */
import { workerData } from 'node:worker_threads'

if (workerData.typescript) {
  const { register } = await import('tsx/esm/api')
  register()
}
await import(`./drawing-thread.${workerData.typescript ? 'ts' : 'js'}`)
