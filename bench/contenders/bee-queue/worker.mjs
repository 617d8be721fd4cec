// Works off jobs, until it is ended.
import { given } from '../given.mjs'
import { WORK } from '../work.mjs'
import { openBeeQueue, WORKER, WORKER_WITH_RESULTS } from './queue.mjs'

const queue = openBeeQueue(given, given.task === 'kept' ? WORKER_WITH_RESULTS : WORKER)
const work = WORK[given.task]
queue.process(given.concurrency, async (job) => work(job.data.number))
await queue.ready()
process.stdout.write('ready\n')
