import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** How long a task of the row `waiting` waits, in milliseconds. */
export const WAIT_MS = 100

/** Milliseconds of a clock that all processes of a machine share (CLOCK_MONOTONIC). */
export function sharedNow() {
  return Number(process.hrtime.bigint()) / 1e6
}

/**
 * Computes: the same work for whoever does it, however many processors are busy meanwhile.
 *
 * @param {number} loops
 * @returns {string}
 */
export function compute(loops) {
  let digest = ''
  for (let loop = 0; loop < loops; loop += 1) digest = createHash('sha256').update(`${digest}${loop}`).digest('hex')
  return digest
}

/** What the tasks do, the same in every contender that runs on Node. Each takes a number and returns what it returns. */
export const WORK = {
  noop: () => undefined,
  kept: (/** @type {number} */ number) => number,
  wait: () => wait(WAIT_MS),
  compute: (/** @type {number} */ loops) => void compute(loops),
  /** Tells the harness how long it took from sending to here; written at once, from whatever thread this is. */
  stamp: (/** @type {number} */ sentAt) => {
    const waited = sharedNow() - sentAt
    writeSync(1, `{"waited":${waited}}\n`)
  },
}
