import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { endWithCommandsOnSignal } from './run.mjs'
import { say } from './say.mjs'

/**
 * Does work that changes `node_modules` or `dist`, while no other process does such work in the same folder. SIGINT and
 * SIGTERM meanwhile end the work's commands, and then the process.
 *
 * @param {string} root the project's folder
 * @param {() => Promise<void>} work
 */
export async function workAlone(root, work) {
  const giveSignalsBack = endWithCommandsOnSignal()
  try {
    await withLock(join(root, 'dist/.set-up.lock'), work, (holder) => {
      say(`waiting for process ${holder}, which is setting up the same folder ...`)
    })
  } finally {
    giveSignalsBack()
  }
}
