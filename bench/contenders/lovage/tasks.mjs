import { defineTask } from '../../../dist/src/engine/task.js'
import { WORK } from '../work.mjs'

/**
 * One task per kind of work. The second argument makes messages as long as those of the others.
 *
 * @param {keyof typeof WORK} name @param {boolean} ignoreResult
 */
const define = (name, ignoreResult) => {
  const work = WORK[name]
  return defineTask(`bench.${name}`, { ignoreResult }, (_context, number, _text) => work(number))
}

export const noop = define('noop', true)
export const kept = define('kept', false)
export const wait = define('wait', true)
export const compute = define('compute', true)
export const stamp = define('stamp', true)
