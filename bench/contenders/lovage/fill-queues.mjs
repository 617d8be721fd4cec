// Puts one task on each of many queues.
import { given, tell } from '../given.mjs'
import { openLovage } from './engine.mjs'
import * as tasks from './tasks.mjs'

const { engine, close } = await openLovage({ tasks: ['tasks.mjs'], broker: given.broker })
const { noop } = engine.client.bind(tasks)
await Promise.all(given.queues.map((/** @type {string} */ queue) => noop.applyAsync([1, 'a small payload'], { queue })))
tell({ sent: given.queues.length })
await close()
