import { setTimeout as wait } from 'node:timers/promises'

/** The pause between two tasks, in milliseconds: at random, so that no clock of a contender keeps step with it. */
const PAUSE_MS = { least: 10, more: 10 }

/** @param {number} count @param {() => Promise<unknown>} send */
export async function sendAtLeisure(count, send) {
  for (let sent = 0; sent < count; sent += 1) {
    await wait(PAUSE_MS.least + Math.random() * PAUSE_MS.more)
    await send()
  }
}
