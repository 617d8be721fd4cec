import { LANGUAGE_TAGS } from '../languages.ts'
import { ERRORS, type ErrorName, type Wording } from '../errors.ts'
import type { JsonSchema } from './json-schema.ts'

/** An example of an answer, in the form of OpenAPI. */
interface Example {
  summary: string
  value: unknown
}

interface Variants {
  variants?: Readonly<Record<string, Wording>>
}

/** The answer of each error: `components.schemas` by the error's name, which is also the value of its `error`. */
export function errorSchemas(): Record<ErrorName, JsonSchema> {
  return byName((name) => {
    const { code, status } = ERRORS[name]
    const texts = wordingsOf(name).flatMap(([, { zh, en }]) => [zh, en])
    return {
      type: 'object',
      properties: {
        code: { type: 'integer', const: code },
        errmsg: { type: 'string', description: 'A text for people, in the language asked for', examples: texts },
        error: { type: 'string', const: name },
        ...(mayRetry(status) && {
          retry_after: { type: 'integer', minimum: 1, description: 'When it may be tried again, in seconds' },
        }),
        ...(name === 'INTERNAL' && { request_id: { type: 'string', format: 'uuid', description: 'As in the log' } }),
      },
      required: ['code', 'errmsg', 'error', ...(name === 'INTERNAL' ? ['request_id'] : [])],
    } satisfies JsonSchema
  })
}

/** An example for each error, text and language: `components.examples` by the names that `exampleNames` gives. */
export function errorExamples(): Record<string, Example> {
  const names = Object.keys(ERRORS) as ErrorName[]
  return Object.fromEntries(
    names.flatMap((name) =>
      wordingsOf(name).flatMap(([variant, wording]) =>
        exampleNames(name, variant).map(([key, language]) => {
          const value = answerOf(name, wording[language])
          return [key, { summary: `${name}, ${LANGUAGE_TAGS[language]}`, value }] as const
        }),
      ),
    ),
  )
}

/** The names of an error's examples, with their languages. @param variant which of its texts; none: the usual one */
export function exampleNames(name: ErrorName, variant?: string): [key: string, language: keyof Wording][] {
  const key = variant === undefined ? name : `${name}.${variant}`
  return [
    [`${key}.zh`, 'zh'],
    [`${key}.en`, 'en'],
  ]
}

/** Whether answers of a status may tell when to try again. */
export function mayRetry(status: number): boolean {
  return status === 429 || status === 503
}

function answerOf(name: ErrorName, errmsg: string): object {
  const { code, status } = ERRORS[name]
  return {
    code,
    errmsg,
    error: name,
    ...(status === 429 && { retry_after: 42 }),
    ...(name === 'INTERNAL' && { request_id: '0d4c11a6-6f3e-4e0c-9d0f-7d1f0a1c2b3d' }),
  }
}

/** The texts of an error: the usual one, and its variants by their names. */
function wordingsOf(name: ErrorName): [variant: string | undefined, wording: Wording][] {
  const row: Wording & Variants = ERRORS[name]
  return [[undefined, row], ...Object.entries(row.variants ?? {})]
}

function byName<T>(make: (name: ErrorName) => T): Record<ErrorName, T> {
  const names = Object.keys(ERRORS) as ErrorName[]
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<ErrorName, T>
}
