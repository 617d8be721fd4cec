// Sends tasks: one by one, awaited; and many at once. With `wait`, not before it is told to.
import { given, tell } from '../given.mjs'
import { measureSending } from '../sending.mjs'
import { openLovage } from './engine.mjs'
import * as tasks from './tasks.mjs'

const { engine, close } = await openLovage({ tasks: ['tasks.mjs'], broker: given.broker })
const { noop } = engine.client.bind(tasks)
const send = (/** @type {number} */ number) => noop.delay(number, 'a small payload')
tell(await measureSending({ ...given, send, sendMany: (numbers) => Promise.all(numbers.map(send)) }))
await close()
