// Puts tasks on the queue with `delay()`, many at once.
import { given, tell } from '../given.mjs'
import { openLovage } from './engine.mjs'
import * as tasks from './tasks.mjs'

/** So many calls at once. */
const GROUP = 5_000

const { engine, close } = await openLovage({ tasks: ['tasks.mjs'], broker: given.broker })
const task = engine.client.bind(tasks)[given.task]
for (let sent = 0; sent < given.count; sent += GROUP) {
  const size = Math.min(GROUP, given.count - sent)
  await Promise.all(
    Array.from({ length: size }, (_, index) => task.delay(given.number ?? sent + index, 'a small payload')),
  )
}
tell({ sent: given.count })
await close()
