import { computing } from './computing.mjs'
import { drain } from './drain.mjs'
import { results } from './results.mjs'
import { waiting } from './waiting.mjs'

/** All rows, in the order in which they are run. @type {import('../harness/types.ts').Row[]} */
export const ROWS = [drain, results, waiting, computing]
