/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} by
 * @returns {T[]} the same list, begun elsewhere
 */
export function rotate(list, by) {
  const from = list.length === 0 ? 0 : by % list.length
  return [...list.slice(from), ...list.slice(0, from)]
}

/**
 * Runs every contender once a round, in an order that begins with another one each time: what changes on the machine
 * meanwhile harms none more than the others. One that has failed is not run again.
 *
 * @param {import('./types.ts').Row} row
 * @param {number} rounds
 * @param {(contender: import('./types.ts').Contender, round: number) => Promise<import('./types.ts').Measurement | null>} runOnce
 *   null where it failed
 * @returns {Promise<Map<string, import('./types.ts').Measurement[]>>} by contender
 */
export async function runRounds({ contenders }, rounds, runOnce) {
  /** @type {Map<string, import('./types.ts').Measurement[]>} */
  const measurements = new Map(contenders.map(({ name }) => [name, []]))
  const failed = new Set()
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of rotate(contenders, round)) {
      if (failed.has(contender)) continue
      const measurement = await runOnce(contender, round)
      if (measurement === null) failed.add(contender)
      else measurements.get(contender.name)?.push(measurement)
    }
  }
  return measurements
}
