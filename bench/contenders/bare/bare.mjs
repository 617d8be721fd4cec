import { fileURLToPath } from 'node:url'

/*
 * No queue, and no contender: the least that anything pays which keeps tasks on a list in Redis, takes each from there before
 * it runs it and deletes it afterwards, and runs it in a thread. Nobody sees to failures, retries, limits, results or order.
 */

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** @param {string} name @param {Record<string, unknown>} given */
export function bareProgram(name, given) {
  return [process.execPath, `${HERE}${name}`, JSON.stringify(given)]
}
