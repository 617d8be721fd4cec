// Works off jobs, until it is ended: in its event loop, or each in a worker thread.
import { given } from '../given.mjs'
import { WORK } from '../work.mjs'
import { openWorker } from './queue.mjs'

const work = WORK[given.task]
const processor = given.sandbox
  ? new URL('sandboxed.mjs', import.meta.url)
  : async (/** @type {import('bullmq').Job} */ job) => work(job.data.number)
const worker = openWorker({ ...given, keep: given.task === 'kept', useWorkerThreads: given.sandbox }, processor)
await worker.waitUntilReady()
process.stdout.write('ready\n')
