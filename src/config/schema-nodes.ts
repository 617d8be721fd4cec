import Joi from 'joi'
import type { Confidential } from './shown-value.ts'

/** What each node of the schema carries beside its rules, for messages. */
export interface NodeNote {
  /** What is accepted, to be read after "expected". */
  readonly expected: string
  readonly confidential?: Confidential
}

function noted(schema: Joi.Schema, note: NodeNote): Joi.Schema {
  return schema.meta(note)
}

/** The note of a node made in this file. */
export function noteOf(schema: Joi.Schema): NodeNote {
  // Each call of meta() adds one; the last one is what counts.
  const note = (schema.describe() as { metas?: NodeNote[] }).metas?.at(-1)
  if (note === undefined) throw new Error('a node of the settings schema has no note')
  return note
}

/** Accepts null as well: "not set". */
export function orNull(schema: Joi.Schema, aside = 'or null'): Joi.Schema {
  const note = noteOf(schema)
  return noted(schema.allow(null), { ...note, expected: `${note.expected}, ${aside}` })
}

export function wholeNumber(min: number, max: number): Joi.Schema {
  return noted(Joi.number().integer().min(min).max(max), { expected: `a whole number from ${min} to ${max}` })
}

/** One number up to `most` numbers. @param what they are, to be read behind their bounds */
export function wholeNumbers(most: number, min: number, max: number, what: string): Joi.Schema {
  const schema = Joi.array().items(wholeNumber(min, max)).min(1).max(most)
  return noted(schema, { expected: `whole numbers from ${min} to ${max}: ${what}` })
}

export function trueOrFalse(): Joi.Schema {
  return noted(Joi.boolean(), { expected: 'true or false' })
}

export function oneOf(...values: readonly string[]): Joi.Schema {
  const expected = `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
  return noted(Joi.valid(...values), { expected })
}

/** A text that `pattern` matches. An empty one never is. */
export function text(expected: string, pattern: RegExp): Joi.Schema {
  return noted(Joi.string().pattern(pattern), { expected })
}

/** A text that `accepts`. */
export function checkedText(expected: string, accepts: (given: string) => boolean): Joi.Schema {
  const schema = Joi.string().custom((given: string, { error }) => (accepts(given) ? given : error('any.invalid')))
  return noted(schema, { expected })
}

/** A text that is never shown. */
export function secretText(expected: string, pattern: RegExp): Joi.Schema {
  return noted(Joi.string().pattern(pattern), { expected, confidential: 'secret' })
}

/** At least one text, none twice, each as `item` says; shown no more freely than `item`. */
export function listOf(item: Joi.Schema, expected: string): Joi.Schema {
  return noted(Joi.array().items(item).min(1).unique(), { ...noteOf(item), expected })
}

/** A group of groups by names of its own; what is in them is checked elsewhere, and never shown. */
export function entries(expected: string): Joi.Schema {
  return noted(Joi.object().pattern(Joi.string(), Joi.object().unknown()), { expected, confidential: 'secret' })
}

/** A text that `accepts`; shown only if it cannot hold a password. */
export function address(expected: string, accepts: (url: string) => boolean): Joi.Schema {
  const schema = Joi.string().custom((url: string, { error }) => (accepts(url) ? url : error('any.invalid')))
  return noted(schema, { expected, confidential: 'url' })
}
