import { apiWhileDraining } from './api-while-draining.mjs'
import { computing } from './computing.mjs'
import { drain } from './drain.mjs'
import { enqueue } from './enqueue.mjs'
import { growth } from './growth.mjs'
import { latency } from './latency.mjs'
import { memory } from './memory.mjs'
import { register } from './register.mjs'
import { results } from './results.mjs'
import { smsCodes } from './sms-codes.mjs'
import { start } from './start.mjs'
import { waiting } from './waiting.mjs'

/** All rows, in the order in which they are run. @type {import('../harness/types.ts').Row[]} */
export const ROWS = [
  drain,
  results,
  enqueue,
  latency,
  waiting,
  computing,
  memory,
  growth,
  smsCodes,
  apiWhileDraining,
  register,
  start,
]
