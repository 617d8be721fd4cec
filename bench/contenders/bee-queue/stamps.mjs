// Sends jobs that tell how long they took to start; works them off itself where it is told to.
import { given } from '../given.mjs'
import { sendAtLeisure } from '../pacing.mjs'
import { sharedNow, WORK } from '../work.mjs'
import { createJob, openBeeQueue, PRODUCER, WORKER } from './queue.mjs'

const queue = openBeeQueue(given, given.works ? WORKER : PRODUCER)
await queue.ready()
if (given.works) queue.process(2, async (job) => WORK.stamp(job.data.number))
await sendAtLeisure(given.count, () => createJob(queue, sharedNow()).save())
if (!given.works) await queue.close()
