import { setTimeout as wait } from 'node:timers/promises'

/**
 * @typedef {object} Left how many tasks are where
 * @property {number} waiting on the queue
 * @property {number} claimed taken from it and not settled
 */

/** How often it is looked, in milliseconds. */
const LOOK_MS = { beforeStart: 2, least: 2, most: 200 }

/**
 * Waits until a worker has drained a queue, looking from outside, the same way for every contender: from the last look
 * at which nothing was claimed to the first at which nothing waits and nothing is claimed.
 *
 * @param {object} options
 * @param {number} [options.total] how many tasks are on the queue; left out where the time begins with the call
 * @param {() => Promise<Left>} options.look
 * @param {Promise<never>} options.failed rejects when it will never come to an end
 * @returns {Promise<number>} how long it took, in seconds
 */
export async function watchDrain({ total, look, failed }) {
  const over = new AbortController()
  const watch = async () => {
    let begin = performance.now()
    let started = total === undefined
    let first = total
    while (!over.signal.aborted) {
      const { waiting, claimed } = await look()
      const now = performance.now()
      first ??= waiting + claimed
      started ||= waiting < first
      if (!started) begin = now
      if (waiting === 0 && claimed === 0) return (now - begin) / 1000
      await wait(started ? pause(waiting + claimed, first, now - begin) : LOOK_MS.beforeStart)
    }
    return Number.NaN
  }
  try {
    return await Promise.race([watch(), failed])
  } finally {
    over.abort()
  }
}

/**
 * Half the time that the rest will take, going by the time so far: so the end is seen soon, and yet it is looked so seldom
 * that it takes nothing from those who work.
 *
 * @param {number} left @param {number} total @param {number} elapsed milliseconds
 * @returns {number} milliseconds
 */
export function pause(left, total, elapsed) {
  const done = total - left
  const rest = done > 0 ? (elapsed / done) * left : 0
  return Math.min(Math.max(rest / 2, LOOK_MS.least), LOOK_MS.most)
}
