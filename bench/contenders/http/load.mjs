// Sends requests to a service and tells how many it answered a second, and how long it took. Any answer but 200 is a failure.
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { quantile } from '../../harness/statistics.mjs'
import { given, tell } from '../given.mjs'
import { Connection } from './connection.mjs'
import { plant, REQUESTS } from './requests.mjs'

/** @type {{ kind: 'sms' | 'register', port: number, connections: number, warmUp: number, count: number, pace: number | null }} */
const { kind, port, connections, warmUp, count, pace } = given

const request = REQUESTS[kind]
let next = 0

/** One request, of which none is like another. @param {Connection} connection */
async function ask(connection) {
  const { status, body } = await connection.send(request(next++))
  if (status !== 200) throw new Error(`expected 200, came ${status}: ${body}`)
}

/**
 * Each connection sends its next request when it has the answer to the one before.
 *
 * @param {Connection[]} open @param {number} total @returns {Promise<number[]>} milliseconds of each
 */
async function atOnce(open, total) {
  /** @type {number[]} */
  const times = []
  let left = total
  const ends = open.map(async (connection) => {
    while (left > 0) {
      left -= 1
      const sentAt = performance.now()
      await ask(connection)
      times.push(performance.now() - sentAt)
    }
  })
  await Promise.all(ends)
  return times
}

/**
 * So many a second, whether or not those before have been answered, until `over` or all are sent. A request counts from when it
 * was due, also where it could not be sent in time.
 *
 * @param {Connection[]} open @param {number} perSecond @param {AbortSignal} over
 * @returns {Promise<number[]>} milliseconds of each
 */
async function paced(open, perSecond, over) {
  /** @type {number[]} */
  const times = []
  const free = [...open]
  const one = async (/** @type {number} */ dueAt) => {
    // In turn: the server closes one that is idle for 5 s.
    const connection = free.shift() ?? (await Connection.open(port))
    await ask(connection)
    times.push(performance.now() - dueAt)
    free.push(connection)
  }
  const began = performance.now()
  /** @type {Promise<void>[]} */
  const running = []
  for (let sent = 0; !over.aborted && sent < count; sent += 1) {
    const dueAt = began + (sent / perSecond) * 1000
    const early = dueAt - performance.now()
    if (early > 0) await wait(early)
    running.push(one(dueAt))
  }
  await Promise.all(running)
  return times
}

await plant({ ...given, count: warmUp + count })
const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
await atOnce(open, warmUp)
const over = new AbortController()
if (pace !== null) {
  process.stdout.write('warm\n')
  await once(process.stdin, 'data')
  process.stdin.once('data', () => over.abort())
}
const began = performance.now()
const times = await (pace === null ? atOnce(open, count) : paced(open, pace, over.signal))
const seconds = (performance.now() - began) / 1000
tell({
  rate: times.length / seconds,
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99),
  worst: Math.max(...times),
})
for (const connection of open) connection.close()
process.exit()
