import type { ErrorName } from '../errors.ts'
import type { Form } from '../forms.ts'
import type { JsonSchema } from './json-schema.ts'

/** What the operations are grouped by, each with a line about it. */
export const TAGS = {
  captcha: 'Pictures that a person reads, and proofs of work',
  sms: 'Codes by SMS, and what became of the messages',
  accounts: 'Usernames, mobiles, signing up, and passwords',
  session: 'Logging in and out, and who is logged in',
  service: 'The service itself',
} as const

/**
 * All that there is to know about a route from outside. `DescribedRouter` adds the route by it, and the OpenAPI document
 * tells of it; what both can derive is not said twice:
 *
 * - Fields of `form` that the path names come from there. The others are a JSON body of POST and PUT, else the query.
 * - The errors of the form, of the body, of the session, of other sites, and of everywhere are added by `errorsOf`.
 */
export interface RouteDescription {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** As the router takes it: `/usernames/:username/count`. */
  path: string
  /** A name of its own; generated clients call their method by it. */
  operationId: string
  tag: keyof typeof TAGS
  /** What it does, in a few words. */
  summary: string
  /** What else one should know. */
  details?: string
  /** What it takes. The handler checks it with `checkForm`. */
  form?: Form<unknown>
  /**
   * With it the session is open, and any answer may set or clear the cookies, if only to sign them by a newer key.
   * `used`: the handler looks at the session, if there is one; `required`: without a login it answers
   * LOGIN_REQUIRED; `openedByHandler`: it is open only where the handler opens it, which then lists its errors itself.
   */
  session?: 'used' | 'required' | 'openedByHandler'
  /** Refused to other sites although its method is a safe one; with the others that goes without saying. */
  ownSiteOnly?: true
  answer: SuccessAnswer
  /** What the handler itself may answer with, beside the errors that go without saying. */
  errors?: readonly ErrorName[]
}

/** The answer of a request that succeeded. */
export interface SuccessAnswer {
  description: string
  mediaType: 'application/json' | 'image/png'
  /** Only for JSON. */
  schema?: JsonSchema
  /** Whether it has an `ETag`, and is 304 where the client has it already. */
  revalidated?: true
}

/** What `answerOk` answers: `code`, `errmsg`, and the given fields. */
export function okAnswer(fields: Readonly<Record<string, JsonSchema>> = {}): SuccessAnswer {
  const schema: JsonSchema = {
    type: 'object',
    properties: { code: { type: 'integer', const: 0 }, errmsg: { type: 'string', const: 'ok' }, ...fields },
    required: ['code', 'errmsg', ...Object.keys(fields)],
  }
  return { description: 'Done', mediaType: 'application/json', schema }
}

/** The names of the fields in a path: `:username`. */
export function pathFields(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
}

/** Whether a route changes something, so that another site may not ask for it. */
export function isUnsafe({ method }: RouteDescription): boolean {
  return method !== 'GET'
}

/** Whether what a route takes, beside what is in its path, is a JSON body. */
export function takesBody({ method, form }: RouteDescription): boolean {
  return form !== undefined && (method === 'POST' || method === 'PUT')
}
