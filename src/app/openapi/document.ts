import { LANGUAGE_TAGS } from '../languages.ts'
import { errorExamples, errorSchemas } from './error-components.ts'
import type { JsonSchema } from './json-schema.ts'
import { operationOf, type Operation } from './operation.ts'
import { TAGS, type RouteDescription } from './route-description.ts'

/** What the document says that is not in the routes. */
export interface Service {
  /** The version of the program. */
  version: string
  /** The address under which browsers reach it; null: the one that the document is read from. */
  publicUrl: string | null
  /** Name of the session's cookie. */
  sessionCookie: string
}

/** An OpenAPI 3.1 document, as far as its parts are looked at. */
export interface OpenApiDocument {
  openapi: '3.1.1'
  info: object
  servers: object[]
  tags: object[]
  /** By path, as OpenAPI writes it (`/usernames/{username}/count`), and method, in lower case. */
  paths: Record<string, PathItem>
  components: object
}

type PathItem = { parameters: { $ref: string }[] } & Partial<Record<'get' | 'post' | 'put' | 'delete', Operation>>

const DESCRIPTION = `Registration with a captcha and codes by SMS, logging in, and what an account's owner may change.

Every answer but the pictures is a JSON object with \`code\` and \`errmsg\`: 0 and "ok", or the number of an error and its text.
An error also has a stable name, \`error\`. Texts are in Chinese, or in English where \`Accept-Language\` prefers it.

What is not even HTTP that can be read is answered in Chinese, whatever language is preferred, and without \`Vary\`.

A body is a JSON object with the type \`application/json\`. Null and an empty text count as a field that is left out; fields that are
not known are ignored. A slash may stand at the end of every path. A path that is not here is answered \`NOT_FOUND\` (404), another
method \`METHOD_NOT_ALLOWED\` (405), with \`Allow\`. OPTIONS is answered 204, with \`Allow\`.

What changes something is refused to other sites: by \`Sec-Fetch-Site\`, and where a browser does not send that, by \`Origin\`.

Schemas use keywords that JSON Schema has not: \`x-after-nfkc\` (a schema for the text once it is brought to NFKC), \`x-max-bytes\`
(most bytes of the text in UTF-8), \`x-same-as\` (the field that has the same value) and \`x-incomplete\` (more is checked than the schema
says). \`x-error-fields\` tells which fields an error may be about.`

/** The OpenAPI 3.1 document of the service (https://spec.openapis.org/oas/v3.1.1), from its routes and its table of errors. */
export function documentOf(routes: readonly RouteDescription[], service: Service): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    const parameters = [{ $ref: '#/components/parameters/Accept-Language' }]
    paths[path] = { parameters, ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Lovage registration service',
      version: service.version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: service.publicUrl ?? '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: errorSchemas(),
      examples: errorExamples(),
      headers: HEADERS,
      parameters: { 'Accept-Language': ACCEPT_LANGUAGE },
      securitySchemes: {
        session: cookieScheme(service.sessionCookie, 'The session, which logging in begins'),
        sessionSignature: cookieScheme(`${service.sessionCookie}.sig`, "The signature of the session's cookie"),
      },
    },
  }
}

const ACCEPT_LANGUAGE = {
  name: 'Accept-Language',
  in: 'header',
  description: 'The language of `errmsg`: English where that is preferred, else Chinese',
  schema: { type: 'string', examples: ['en-GB,en;q=0.9,zh;q=0.5'] },
}

/** Whether a header is there whenever a response names it, and what it says. */
const HEADERS = {
  'X-Request-Id': header(true, 'The id of the request, as in the log', { type: 'string', format: 'uuid' }),
  'Cache-Control': header(true, 'Whether it may be kept', { type: 'string' }),
  'Content-Language': header(true, 'The language of `errmsg`', { type: 'string', enum: Object.values(LANGUAGE_TAGS) }),
  Vary: header(true, 'What of the request, beside its address, the answer depends on', { type: 'string' }),
  'Retry-After': header(false, 'When it may be tried again, in seconds', { type: 'integer', minimum: 1 }),
  'Set-Cookie': header(false, 'The session, its signature, the username and the device, set or cleared', {
    type: 'string',
  }),
  ETag: header(true, 'Changes whenever the answer does', { type: 'string' }),
}

function header(required: boolean, description: string, schema: JsonSchema): object {
  return { required, description, schema }
}

function cookieScheme(name: string, description: string): object {
  return { type: 'apiKey', in: 'cookie', name, description }
}
