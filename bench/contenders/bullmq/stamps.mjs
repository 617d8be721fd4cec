// Sends jobs that tell how long they took to start; works them off itself where it is told to.
import { given } from '../given.mjs'
import { sendAtLeisure } from '../pacing.mjs'
import { sharedNow, WORK } from '../work.mjs'
import { jobData, openQueue, openWorker } from './queue.mjs'

const queue = openQueue(given)
if (given.works)
  await openWorker({ ...given, concurrency: 2 }, async (job) => WORK.stamp(job.data.number)).waitUntilReady()
await sendAtLeisure(given.count, () => queue.add('stamp', jobData(sharedNow())))
if (!given.works) await queue.close()
