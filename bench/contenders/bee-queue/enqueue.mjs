// Sends jobs: `save`, awaited; and many at once, with `saveAll` or with as many calls of `save`.
import { given, tell } from '../given.mjs'
import { measureSending } from '../sending.mjs'
import { createJob, openBeeQueue, PRODUCER } from './queue.mjs'

const queue = openBeeQueue(given, PRODUCER)
await queue.ready()
const send = (/** @type {number} */ number) => createJob(queue, number).save()
const sendAll = async (/** @type {number[]} */ numbers) => {
  const errors = await queue.saveAll(numbers.map((number) => createJob(queue, number)))
  if (errors.size > 0) throw [...errors.values()][0]
}
const sendMany = given.bulk ? sendAll : (/** @type {number[]} */ numbers) => Promise.all(numbers.map(send))
tell(await measureSending({ ...given, send, sendMany }))
await queue.close()
