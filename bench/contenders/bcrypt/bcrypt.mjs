import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** @param {{ count: number, atOnce: number, cost: number }} given */
export function bcryptProgram(given) {
  return [process.execPath, `${HERE}hash.mjs`, JSON.stringify(given)]
}
