import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { OpenApiDocument } from '../../src/app/openapi/document.ts'
import type { Operation } from '../../src/app/openapi/operation.ts'
import { EVERYWHERE } from '../../src/app/openapi/route-errors.ts'
import { createAjv } from './openapi-ajv.ts'

/** A request, and what came of it. */
export interface Exchange {
  method: string
  /** With its query. */
  url: URL
  /** Of the request. */
  headers: Headers
  body: string | Uint8Array | undefined
  answer: { status: number; headers: Headers; bytes: Uint8Array; text: string }
}

/** An operation, and where in the document it stands. */
interface Place {
  operation: Operation
  pointer: string
  /** The path as the document has it, and the values of its parameters. */
  values: Record<string, string>
}

type Response = Operation['responses'][string]

interface Header {
  required: boolean
  schema: { type: string }
}

/** Errors of requests that no operation fits. */
const ELSEWHERE: readonly string[] = [
  'NOT_FOUND',
  'PAGES_NOT_BUILT',
  'METHOD_NOT_ALLOWED',
  'FOREIGN_SITE',
  ...EVERYWHERE,
]

/**
 * Compares what a service does with what its OpenAPI document says.
 *
 * 1. An answer's status, media type, headers and body must be documented for its operation; a body may have no field
 *    that its schema does not name.
 * 2. A request that was accepted must be valid by the operation's schemas, and one that is valid by them must not have
 *    been refused for its form.
 * 3. Where the document has no operation, an error must be one that says so.
 */
export class OpenApiChecker {
  readonly #ajv = createAjv()
  readonly #paths: { pattern: RegExp; names: string[]; path: string }[]
  readonly #document: OpenApiDocument
  readonly #validators = new Map<string, ValidateFunction>()

  constructor(document: OpenApiDocument) {
    this.#document = closed(document)
    this.#ajv.addSchema(this.#document, 'document')
    this.#paths = Object.keys(document.paths).map((path) => ({
      path,
      names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}/?$`),
    }))
  }

  /** @throws Error that says what is not as the document says */
  check(exchange: Exchange): void {
    const { method, url, answer } = exchange
    const fault = this.#faultOf(exchange)
    if (fault === null) return
    const told = `${method} ${url.pathname}${url.search} was answered ${answer.status} ${answer.text.slice(0, 500)}`
    throw new Error(`${fault}: ${told}`)
  }

  #faultOf(exchange: Exchange): string | null {
    const place = this.#find(exchange)
    if (place === null) return this.#faultElsewhere(exchange)
    const response = place.operation.responses[exchange.answer.status]
    if (response === undefined) return `the status ${exchange.answer.status} is not documented`
    const pointer = `${place.pointer}/responses/${exchange.answer.status}`
    return (
      this.#faultOfHeaders(exchange, response) ??
      this.#faultOfBody(exchange, response, pointer) ??
      this.#faultOfRequest(exchange, place)
    )
  }

  #find({ method, url }: Exchange): Place | null {
    for (const { pattern, names, path } of this.#paths) {
      const match = pattern.exec(url.pathname)
      const key = keyOf(method)
      const operation = key === null ? undefined : this.#document.paths[path]?.[key]
      if (match === null || operation === undefined) continue
      const values = Object.fromEntries(names.map((name, at) => [name, decode(match[at + 1] ?? '')]))
      return { operation, values, pointer: `/paths/${escape(path)}/${key}` }
    }
    return null
  }

  #faultElsewhere({ answer }: Exchange): string | null {
    if (!isJson(answer.headers) || answer.bytes.length === 0) return null
    const body = JSON.parse(answer.text) as Record<string, unknown>
    if (!('errmsg' in body)) return null
    const name = String(body['error'])
    if (!ELSEWHERE.includes(name)) return `${name} is not documented for an address or method that there is not`
    return this.#invalid(`/components/schemas/${name}`, body)
  }

  #faultOfHeaders({ answer }: Exchange, response: Response): string | null {
    for (const name of Object.keys(response.headers)) {
      const { required, schema } = this.#header(name)
      const value = answer.headers.get(name)
      if (value === null && required) return `the header ${name} is missing`
      if (value === null) continue
      const fault = this.#invalid(`/components/headers/${name}/schema`, schema.type === 'integer' ? +value : value)
      if (fault !== null) return `the header ${name} is not as documented: ${fault}`
    }
    const others = ['Retry-After', 'Set-Cookie', 'ETag', 'Content-Language']
    const other = others.find((name) => answer.headers.has(name) && !(name in response.headers))
    return other === undefined ? null : `the header ${other} is not documented`
  }

  #faultOfBody({ method, answer }: Exchange, { content }: Response, pointer: string): string | null {
    if (method === 'HEAD') return null
    const [mediaType = ''] = (answer.headers.get('Content-Type') ?? '').split(';')
    if (content === undefined) return answer.bytes.length === 0 ? null : 'a body is not documented'
    if (!(mediaType in content)) return `the media type "${mediaType}" is not documented`
    if (content[mediaType]?.schema === undefined) return null
    const body = JSON.parse(answer.text) as Record<string, unknown>
    return (
      this.#invalid(`${pointer}/content/${escape(mediaType)}/schema`, body) ??
      (answer.status >= 400 ? this.#faultOfError(answer.headers, body) : null)
    )
  }

  /** The text is one of the table's, in the language that the headers name; both tell the same time. */
  #faultOfError(headers: Headers, { error, errmsg, retry_after: retryAfter }: Record<string, unknown>): string | null {
    const language = headers.get('Content-Language') === 'en' ? 'en' : 'zh'
    const { examples } = this.#document.components as { examples: Record<string, { value: { errmsg: string } }> }
    const texts = Object.entries(examples)
      .filter(([key]) => key.startsWith(`${String(error)}.`) && key.endsWith(`.${language}`))
      .map(([, { value }]) => value.errmsg)
    if (!texts.includes(String(errmsg))) return `the text is none of ${texts.join(', ')}`
    const sameTime = headers.get('Retry-After') === (retryAfter === undefined ? null : String(retryAfter))
    return sameTime ? null : 'Retry-After and retry_after differ'
  }

  #faultOfRequest({ method, url, headers, body, answer }: Exchange, place: Place): string | null {
    const given = place.operation.requestBody === undefined ? {} : parseBody(headers, body)
    // What is no JSON has an error of its own.
    if (given === null || method === 'HEAD') return null
    const fault = this.#faultOfParameters(url, place) ?? this.#faultOfGivenBody(given, place)
    if (answer.status < 400) return fault === null ? null : `the request was accepted, and is not valid: ${fault}`
    const { error } = JSON.parse(answer.text) as Record<string, unknown>
    const fields = place.operation['x-error-fields']?.[String(error)]
    if (fault !== null || fields === undefined || this.#isIncomplete(place.operation, fields)) return null
    return 'the request is valid, and was refused for its form'
  }

  /** Whether of one of these fields more is checked than its schema says. */
  #isIncomplete({ parameters = [], requestBody }: Operation, fields: readonly string[]): boolean {
    const schemas = {
      ...requestBody?.content['application/json'].schema.properties,
      ...Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    }
    return fields.some((field) => schemas[field]?.['x-incomplete'] === true)
  }

  #faultOfParameters(url: URL, { operation, pointer, values }: Place): string | null {
    for (const [at, { name, in: where, required }] of (operation.parameters ?? []).entries()) {
      const inQuery = url.searchParams.getAll(name)
      const value = where === 'path' ? values[name] : inQuery.length > 1 ? inQuery : inQuery[0]
      if (value === undefined && required) return `${name} is missing`
      if (value === undefined) continue
      const fault = this.#invalid(`${pointer}/parameters/${at}/schema`, value)
      if (fault !== null) return `${name} ${fault}`
    }
    return null
  }

  #faultOfGivenBody(given: object, { operation, pointer }: Place): string | null {
    if (operation.requestBody === undefined) return null
    return this.#invalid(`${pointer}/requestBody/content/${escape('application/json')}/schema`, given)
  }

  #header(name: string): Header {
    const { headers } = this.#document.components as { headers: Record<string, Header> }
    const found = headers[name]
    if (found === undefined) throw new Error(`expected the header ${name} in the document's components`)
    return found
  }

  /** What is wrong with a value by the schema at a JSON pointer; null: nothing. */
  #invalid(pointer: string, value: unknown): string | null {
    const validate = this.#validators.get(pointer) ?? this.#ajv.compile({ $ref: `document#${encodeURI(pointer)}` })
    this.#validators.set(pointer, validate)
    return validate(value) ? null : this.#ajv.errorsText(validate.errors)
  }
}

/** A copy of the document by whose schemas an answer may have no field that they do not name. */
function closed(document: OpenApiDocument): OpenApiDocument {
  const copy = structuredClone(document)
  const { schemas } = copy.components as { schemas: unknown }
  const operations = Object.values(copy.paths).flatMap((item) => Object.values(item) as Partial<Operation>[])
  close([schemas, operations.map(({ responses }) => responses)])
  return copy
}

function close(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const part of Object.values(value)) close(part)
  if ('type' in value && value.type === 'object' && 'properties' in value) {
    Object.assign(value, { additionalProperties: false })
  }
}

/** The object that a request sends; none counts as an empty one. null: it is no JSON object, or packed. */
function parseBody(headers: Headers, body: Exchange['body']): object | null {
  if (body === undefined || body.length === 0) return {}
  if (!isJson(headers) || headers.has('Content-Encoding')) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function isJson(headers: Headers): boolean {
  return /^application\/json\b/.test(headers.get('Content-Type') ?? '')
}

/** Under which key of a path the operation of a method is; null: under none. */
function keyOf(method: string): 'get' | 'post' | 'put' | 'delete' | null {
  if (method === 'HEAD') return 'get'
  return (['get', 'post', 'put', 'delete'] as const).find((key) => key === method.toLowerCase()) ?? null
}

/** What can't be decoded stays as it is, as in the service. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A key, as a JSON pointer has it. */
function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
