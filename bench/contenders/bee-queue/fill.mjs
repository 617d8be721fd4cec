// Puts jobs on the queue with `saveAll`.
import { given, tell } from '../given.mjs'
import { openBeeQueue, PRODUCER } from './queue.mjs'

/** So many jobs in one call. */
const GROUP = 1_000

const queue = openBeeQueue(given, PRODUCER)
await queue.ready()
for (let sent = 0; sent < given.count; sent += GROUP) {
  const size = Math.min(GROUP, given.count - sent)
  const jobs = Array.from({ length: size }, (_, index) =>
    queue.createJob({ number: sent + index, text: 'a small payload' }),
  )
  const errors = await queue.saveAll(jobs)
  if (errors.size > 0) throw [...errors.values()][0]
}
tell({ sent: given.count })
await queue.close()
