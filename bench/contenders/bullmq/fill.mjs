// Puts jobs on the queue with `addBulk`.
import { given, tell } from '../given.mjs'
import { jobData, openQueue } from './queue.mjs'

/** So many jobs in one call. */
const GROUP = 1_000

const queue = openQueue(given)
for (let sent = 0; sent < given.count; sent += GROUP) {
  const size = Math.min(GROUP, given.count - sent)
  const number = (/** @type {number} */ index) => given.number ?? sent + index
  await queue.addBulk(Array.from({ length: size }, (_, index) => ({ name: given.task, data: jobData(number(index)) })))
}
tell({ sent: given.count })
await queue.close()
