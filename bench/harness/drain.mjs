import { setTimeout as wait } from 'node:timers/promises'

/**
 * @typedef {object} Left how many tasks are where
 * @property {number} waiting on the queue
 * @property {number} claimed taken from it and not settled
 */

/** How often it is looked, in milliseconds: before the first claim, and after it. */
const LOOK_MS = { before: 1, after: 5 }

/**
 * Waits until a worker has drained a queue, looking from outside, the same way for every contender: from the last look
 * at which nothing was claimed to the first at which nothing waits and nothing is claimed.
 *
 * @param {object} options
 * @param {number} options.total how many tasks are on the queue; Infinity where only its end matters
 * @param {() => Promise<Left>} options.look
 * @param {Promise<never>} options.failed rejects when it will never come to an end
 * @param {number} [options.lookMs] how often it is looked once it has begun, in milliseconds
 * @returns {Promise<number>} how long it took, in seconds
 */
export async function watchDrain({ total, look, failed, lookMs = LOOK_MS.after }) {
  const over = new AbortController()
  const watch = async () => {
    let begin = performance.now()
    let started = false
    while (!over.signal.aborted) {
      const { waiting, claimed } = await look()
      const now = performance.now()
      started ||= waiting < total
      if (!started) begin = now
      if (waiting === 0 && claimed === 0) return (now - begin) / 1000
      await wait(started ? lookMs : LOOK_MS.before)
    }
    return Number.NaN
  }
  try {
    return await Promise.race([watch(), failed])
  } finally {
    over.abort()
  }
}
