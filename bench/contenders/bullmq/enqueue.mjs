// Sends jobs: `add`, awaited; and many at once, with `addBulk` or with as many calls of `add`.
import { given, tell } from '../given.mjs'
import { measureSending } from '../sending.mjs'
import { jobData, openQueue } from './queue.mjs'

const queue = openQueue(given)
const send = (/** @type {number} */ number) => queue.add('noop', jobData(number))
const sendAll = (/** @type {number[]} */ numbers) =>
  queue.addBulk(numbers.map((number) => ({ name: 'noop', data: jobData(number) })))
const sendMany = given.bulk ? sendAll : (/** @type {number[]} */ numbers) => Promise.all(numbers.map(send))
tell(await measureSending({ ...given, send, sendMany }))
await queue.close()
