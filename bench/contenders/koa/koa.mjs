import { fileURLToPath } from 'node:url'

/** @typedef {import('../../harness/types.ts').Run} Run */

const HERE = fileURLToPath(new URL('.', import.meta.url))

/**
 * Starts a service on bare Koa.
 *
 * @param {Run} run @param {object | null} gateway settings of the SMS gateway that its handler waits for; null: it waits for none
 */
export function startKoa({ redis, processes }, gateway) {
  return processes.start([process.execPath, `${HERE}service.mjs`, JSON.stringify({ redis: redis.url(1), gateway })])
}
