import { defineTask } from '../../../dist/src/engine/task.js'

/** Does nothing; nobody wants its result. */
export const noop = defineTask('bench.noop', { ignoreResult: true }, (_context, _number, _text) => {})

/** Does nothing; its result is stored. */
export const kept = defineTask('bench.kept', {}, (_context, number, _text) => number)
