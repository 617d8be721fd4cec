import { drain } from './drain.mjs'

/** All rows, in the order in which they are run. @type {import('../harness/types.ts').Row[]} */
export const ROWS = [drain]
