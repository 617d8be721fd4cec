// Puts jobs on the queue with `saveAll`.
import { given, tell } from '../given.mjs'
import { createJob, openBeeQueue, PRODUCER } from './queue.mjs'

/** So many jobs in one call. */
const GROUP = 1_000

const queue = openBeeQueue(given, PRODUCER)
await queue.ready()
for (let sent = 0; sent < given.count; sent += GROUP) {
  const size = Math.min(GROUP, given.count - sent)
  const errors = await queue.saveAll(Array.from({ length: size }, (_, index) => createJob(queue, sent + index)))
  if (errors.size > 0) throw [...errors.values()][0]
}
tell({ sent: given.count })
await queue.close()
