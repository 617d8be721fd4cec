// Works off jobs, until it is ended.
import { given } from '../given.mjs'
import { openBeeQueue, WORKER } from './queue.mjs'

const keep = given.keepResults === true
const queue = openBeeQueue(given, { ...WORKER, removeOnSuccess: !keep })
queue.process(given.concurrency, async (job) => (keep ? job.data.number : undefined))
