import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** @param {Record<string, unknown>} given */
export function piscinaProgram(given) {
  return [process.execPath, `${HERE}drain.mjs`, JSON.stringify(given)]
}
