/** What a contender's program is told: JSON, as its only argument. */
export const given = JSON.parse(process.argv[2] ?? '{}')

/** Writes a result, one line of JSON, for the harness. @param {Record<string, unknown>} result */
export function tell(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
