import { fileURLToPath } from 'node:url'

/** @typedef {import('../../harness/types.ts').Run} Run */

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** @param {Run} run @param {string} name @param {Record<string, unknown>} [given] */
export function beeProgram({ redis }, name, given) {
  return [process.execPath, `${HERE}${name}`, JSON.stringify({ port: redis.port, ...given })]
}

/** How many jobs wait, or are active. @param {Run} run */
export function lookAtBee({ redis }) {
  const client = redis.client()
  return async () => {
    const answers = (await client.multi().llen('bq:bench:waiting').llen('bq:bench:active').exec()) ?? []
    return { waiting: Number(answers[0]?.[1]), claimed: Number(answers[1]?.[1]) }
  }
}
