import { ERRORS, type ErrorName } from '../errors.ts'
import { exampleNames, mayRetry } from './error-components.ts'
import { objectSchemaOf, type ObjectJsonSchema } from './joi-to-json-schema.ts'
import type { JsonSchema } from './json-schema.ts'
import { errorsOf, formErrorsOf } from './route-errors.ts'
import { pathFields, takesBody, type RouteDescription } from './route-description.ts'

/** A reference to a part of the document: `{ $ref: '#/components/...' }`. */
interface Reference {
  $ref: string
}

interface Parameter {
  name: string
  in: 'path' | 'query'
  required: boolean
  schema: JsonSchema
}

interface Response {
  description: string
  headers: Readonly<Record<string, Reference>>
  content?: Readonly<Record<string, { schema?: JsonSchema; examples?: Readonly<Record<string, Reference>> }>>
}

/** What the document says of a route. */
export interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { required: boolean; content: { 'application/json': { schema: JsonSchema } } }
  /** Which fields an error of the form may be about. */
  'x-error-fields'?: Readonly<Record<string, string[]>>
  /** By status. */
  responses: Readonly<Record<string, Response>>
  security: Readonly<Record<string, []>>[]
}

/**
 * The operation of a route.
 *
 * @throws TypeError for a field of the path that the form has not, and for joi that has no translation
 */
export function operationOf(route: RouteDescription): Operation {
  const { operationId, tag, summary, details, session } = route
  const errorFields = formErrorsOf(route)
  return {
    operationId,
    tags: [tag],
    summary,
    ...(details !== undefined && { description: details }),
    ...inputOf(route),
    ...(errorFields.size > 0 && { 'x-error-fields': Object.fromEntries(errorFields) }),
    responses: { ...successOf(route), ...refusalsOf(route) },
    security: securityOf(session),
  }
}

/** The session's cookie goes with one that signs it. */
function securityOf(session: RouteDescription['session']): Operation['security'] {
  const loggedIn = { session: [], sessionSignature: [] } satisfies Record<string, []>
  if (session === undefined) return []
  return session === 'required' ? [loggedIn] : [loggedIn, {}]
}

/** The form, taken apart: what is in the path, and the others, in the query or as a body. */
function inputOf(route: RouteDescription): Pick<Operation, 'parameters' | 'requestBody'> {
  const inPath = pathFields(route.path)
  const form: Omit<ObjectJsonSchema, 'type'> =
    route.form === undefined ? { properties: {}, required: [] } : objectSchemaOf(route.form.schema)
  const { properties, required } = form
  const substitutes = Object.keys(form.else?.properties ?? {})
  const unknown = inPath.find((name) => !(name in properties))
  if (unknown !== undefined) throw new TypeError(`${route.path}: expected a form with the field "${unknown}"`)
  const fields = Object.entries(properties)
  const others = fields.filter(([name]) => !inPath.includes(name))

  const parameterOf = ([name, schema]: [string, JsonSchema]): Parameter => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: required.includes(name),
    // Of a parameter alone nothing can be said that depends on another one.
    schema: substitutes.includes(name) ? { ...schema, 'x-incomplete': true } : schema,
  })
  if (!takesBody(route)) return fields.length === 0 ? {} : { parameters: fields.map(parameterOf) }

  const parameters = fields.filter(([name]) => inPath.includes(name)).map(parameterOf)
  const needed = required.filter((name) => !inPath.includes(name))
  const schema: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(others),
    ...(needed.length > 0 && { required: needed }),
    ...(form.if !== undefined && { if: form.if, else: form.else }),
  }
  return {
    ...(parameters.length > 0 && { parameters }),
    requestBody: { required: needed.length > 0, content: { 'application/json': { schema } } },
  }
}

function successOf(route: RouteDescription): Operation['responses'] {
  const { description, mediaType, schema, revalidated = false } = route.answer
  const headers = referToHeaders([...commonHeaders(route), ...(revalidated ? ['ETag'] : [])])
  const success = { description, headers, content: { [mediaType]: schema === undefined ? {} : { schema } } }
  return { 200: success, ...(revalidated && { 304: { description: 'It is as `If-None-Match` says', headers } }) }
}

function commonHeaders({ session }: RouteDescription): string[] {
  return ['X-Request-Id', 'Cache-Control', ...(session === undefined ? [] : ['Set-Cookie'])]
}

/** The errors of a route, grouped by status: an answer is that of one of them. */
function refusalsOf(route: RouteDescription): Operation['responses'] {
  const byStatus = new Map<number, ErrorName[]>()
  for (const name of errorsOf(route)) {
    const { status } = ERRORS[name]
    byStatus.set(status, [...(byStatus.get(status) ?? []), name])
  }
  return Object.fromEntries([...byStatus].map(([status, names]) => [status, refusalOf(route, status, names)]))
}

function refusalOf(route: RouteDescription, status: number, names: readonly ErrorName[]): Response {
  const schemas = names.map((name) => referTo('schemas', name))
  const schema: JsonSchema =
    schemas.length === 1 ? { ...schemas[0] } : { oneOf: schemas, discriminator: { propertyName: 'error' } }
  const examples = names.flatMap((name) =>
    exampleNames(name, variantOf(route, name)).map(([key]) => [key, referTo('examples', key)] as const),
  )
  return {
    description: names.map((name) => `- \`${name}\`: ${ERRORS[name].en}`).join('\n'),
    headers: referToHeaders([
      ...commonHeaders(route),
      'Content-Language',
      'Vary',
      ...(mayRetry(status) ? ['Retry-After'] : []),
    ]),
    content: { 'application/json': { schema, examples: Object.fromEntries(examples) } },
  }
}

/** Which of its texts an error has on a route. */
function variantOf({ form }: RouteDescription, name: ErrorName): string | undefined {
  if (name === 'MISSING_PARAMETER') return form?.missingVariant
  return name === 'PASSWORD_FORMAT' ? form?.passwordVariant : undefined
}

function referToHeaders(names: readonly string[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, referTo('headers', name)]))
}

function referTo(kind: 'schemas' | 'examples' | 'headers', name: string): Reference {
  return { $ref: `#/components/${kind}/${name}` }
}
