import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** How long a task of the row `waiting` waits, in milliseconds. */
export const WAIT_MS = 100

/** Milliseconds of a clock that all processes of a machine share (CLOCK_MONOTONIC). */
export function sharedNow() {
  return Number(process.hrtime.bigint()) / 1e6
}

/**
 * Computes: the same work for whoever does it, however many processors are busy meanwhile. Nothing but JavaScript: what
 * Node has for hashing waits for locks that all threads share.
 *
 * @param {number} loops
 * @returns {number}
 */
export function compute(loops) {
  let value = 1
  for (let loop = 0; loop < loops; loop += 1) value = Math.imul(value ^ loop, 0x9e3779b1) ^ (value >>> 15)
  return value
}

/** What the tasks do, the same in every contender that runs on Node. Each takes a number and returns what it returns. */
export const WORK = {
  noop: () => undefined,
  kept: (/** @type {number} */ number) => number,
  wait: () => wait(WAIT_MS),
  compute,
  /** Tells the harness how long it took from sending to here; written at once, from whatever thread this is. */
  stamp: (/** @type {number} */ sentAt) => {
    const waited = sharedNow() - sentAt
    writeSync(1, `{"waited":${waited}}\n`)
  },
}
