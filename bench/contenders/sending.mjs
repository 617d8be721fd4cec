import { once } from 'node:events'
import { sharedNow } from './work.mjs'

/** So many calls at once, where many are sent. */
const GROUP = 1_000
/** What is sent before it counts: a process that sends runs for long, and code that has run little is slow. */
const WARM_UP = { one: 5_000, many: 5_000 }

/**
 * Measures how fast tasks are sent.
 *
 * @param {object} options
 * @param {number} options.one how many are sent one by one, each when the one before is on the queue
 * @param {number} options.many how many are sent in groups
 * @param {boolean} [options.wait] begins when a line comes on standard input
 * @param {(number: number) => Promise<unknown>} options.send
 * @param {(numbers: number[]) => Promise<unknown>} options.sendMany
 * @returns {Promise<{ one: number, many: number, begun: number, ended: number }>} calls per second; of the groups also
 *   when they began and ended, in milliseconds of the shared clock
 */
export async function measureSending({ one, many, wait = false, send, sendMany }) {
  const sendOne = async (/** @type {number} */ count) => {
    for (let sent = 0; sent < count; sent += 1) await send(sent)
  }
  const sendGroups = async (/** @type {number} */ count) => {
    for (let sent = 0; sent < count; sent += GROUP) {
      await sendMany(Array.from({ length: Math.min(GROUP, count - sent) }, (_, index) => sent + index))
    }
  }
  await sendOne(Math.min(WARM_UP.one, one))
  await sendGroups(Math.min(WARM_UP.many, many))
  if (wait) {
    process.stdout.write('ready\n')
    await once(process.stdin, 'data')
    process.stdin.destroy()
  }
  const start = sharedNow()
  await sendOne(one)
  const begun = sharedNow()
  await sendGroups(many)
  const ended = sharedNow()
  return { one: (one / (begun - start)) * 1000, many: (many / (ended - begun)) * 1000, begun, ended }
}
