import { parseArgs } from 'node:util'

/** Something on the command line that can't be. */
export class UsageError extends Error {}

export const USAGE = `usage: npm run bench -- [--quick] [--only ROW]... [--rounds N] [--out FOLDER]

  --quick       few tasks and one round: shows that everything works, and no more
  --only ROW    this row alone; may be given several times, or several with commas
  --rounds N    how often each contender is run, 5 by default
  --out FOLDER  where the results go as JSON and as a chart: bench/results by default, of a full run of all rows;
                any other writes none without it`

/**
 * @typedef {object} Options
 * @property {boolean} help
 * @property {boolean} quick
 * @property {string[]} only names of rows; all where empty
 * @property {number} rounds
 * @property {string | null} out
 */

/**
 * @param {string[]} args
 * @param {readonly string[]} rows the names there are
 * @returns {Options}
 * @throws {UsageError}
 */
export function readArguments(args, rows) {
  const values = parse(args)
  const only = (values.only ?? []).flatMap((names) => names.split(',')).map((name) => name.trim())
  const unknown = only.filter((name) => !rows.includes(name))
  if (unknown.length > 0) {
    throw new UsageError(`--only: expected one of ${rows.join(', ')}, but was given "${unknown.join('", "')}"`)
  }
  const { help = false, quick = false } = values
  const rounds = values.rounds === undefined ? (quick ? 1 : 5) : Number(values.rounds)
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > 1000) {
    throw new UsageError(`--rounds: expected a whole number from 1 to 1000, but was given "${values.rounds}"`)
  }
  return { help, quick, only, rounds, out: values.out ?? null }
}

/** @param {string[]} args */
function parse(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        rounds: { type: 'string' },
        out: { type: 'string' },
      },
    })
    return values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
