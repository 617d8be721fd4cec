import { fileURLToPath } from 'node:url'

/** @typedef {import('../../harness/types.ts').Run} Run */

const HERE = fileURLToPath(new URL('.', import.meta.url))
/** The database of captchas and codes, by default. */
const CODES_DATABASE = 2

/**
 * The program that sends requests.
 *
 * @param {Run} run
 * @param {{ kind: 'sms' | 'register', port: number, connections: number, warmUp: number, count: number, pace?: number, codeKey?: string }} what
 *   `pace`: so many a second, from when it is told to begin until it is told to end; without it each connection sends as soon as it has its answer
 */
export function loadProgram({ redis }, what) {
  const given = { pace: null, redis: redis.url(CODES_DATABASE), ...what }
  return [process.execPath, `${HERE}load.mjs`, JSON.stringify(given)]
}

/** @param {import('../../harness/types.ts').Started} service whose output names its address */
export async function portOf(service) {
  const line = await service.said(/http:\/\/127\.0\.0\.1:\d+/)
  return Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1])
}
