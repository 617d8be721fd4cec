// Sends tasks that tell how long they took to start; works them off itself where it is told to.
import { once } from 'node:events'
import { given } from '../given.mjs'
import { sendAtLeisure } from '../pacing.mjs'
import { sharedNow } from '../work.mjs'
import { openLovage } from './engine.mjs'
import * as tasks from './tasks.mjs'

const { engine, close } = await openLovage({ tasks: ['tasks.mjs'], broker: given.broker, concurrency: 2 })
const { stamp } = engine.client.bind(tasks)
if (given.works) await engine.worker.start()
await sendAtLeisure(given.count, () => stamp.delay(sharedNow(), 'a small payload'))
if (given.works) {
  await once(process, 'SIGTERM')
  await engine.worker.stop(Promise.resolve())
}
await close()
