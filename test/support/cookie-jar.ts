import { checkExchange } from './documented-services.ts'

/** A cookie as the server set it. Attribute names are in lower case; an attribute without a value has an empty one. */
export interface StoredCookie {
  name: string
  value: string
  attributes: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  /** The body as it came. */
  bytes: Buffer
  /** The body as text. */
  text: string
  /** The body, which must be a JSON object. */
  json(): Record<string, unknown>
  /** The cookies that this answer sets. */
  setCookies: StoredCookie[]
}

export interface RequestOptions {
  headers?: Record<string, string>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: string | Uint8Array<ArrayBuffer>
}

/** A client that keeps cookies as a browser does, for one site. */
export interface Browser {
  get(path: string, options?: RequestOptions): Promise<Answer>
  post(path: string, json?: unknown, options?: RequestOptions): Promise<Answer>
  delete(path: string, options?: RequestOptions): Promise<Answer>
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>
  /** The cookies it would send now, by name. A test may change them. */
  cookies: Map<string, StoredCookie>
}

/**
 * A browser without cookies. It follows no redirect, and does not mind `Secure` on a plain connection. A request fails
 * where it, or its answer, is not as the service's OpenAPI document says.
 */
export function createBrowser(baseUrl: string): Browser {
  const cookies = new Map<string, StoredCookie>()

  async function request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const headers = new Headers(options.headers)
    if (cookies.size > 0 && !headers.has('Cookie')) {
      headers.set('Cookie', [...cookies.values()].map(({ name, value }) => `${name}=${value}`).join('; '))
    }
    const init: RequestInit & { body?: string | Uint8Array<ArrayBuffer> } = { method, headers, redirect: 'manual' }
    if (options.body !== undefined) init.body = options.body
    if (options.json !== undefined) {
      if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json')
      init.body = JSON.stringify(options.json)
    }
    const url = new URL(path, baseUrl)
    const response = await fetch(url, init)
    const bytes = Buffer.from(await response.arrayBuffer())
    const setCookies = response.headers.getSetCookie().map(parseCookie)
    for (const cookie of setCookies) keep(cookies, cookie)
    const text = bytes.toString()
    const answer = { status: response.status, headers: response.headers, bytes, text }
    checkExchange({ method, url, headers, body: init.body, answer })
    return { ...answer, json: () => parseObject(text), setCookies }
  }

  return {
    get: (path, options) => request('GET', path, options),
    post: (path, json, options) => request('POST', path, { ...options, ...(json !== undefined && { json }) }),
    delete: (path, options) => request('DELETE', path, options),
    request,
    cookies,
  }
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text)
  if (!isObject(value)) throw new TypeError(`expected a JSON object, got ${text.slice(0, 200)}`)
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function parseCookie(header: string): StoredCookie {
  const [pair = '', ...rest] = header.split(';').map((part) => part.trim())
  const attributes = Object.fromEntries(
    rest.map((part) => {
      const [name, value] = halves(part)
      return [name.toLowerCase(), value]
    }),
  )
  const [name, value] = halves(pair)
  return { name, value, attributes }
}

/** What is before and after the first `=`. */
function halves(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function keep(cookies: Map<string, StoredCookie>, cookie: StoredCookie): void {
  const { expires } = cookie.attributes
  if (expires !== undefined && Date.parse(expires) <= Date.now()) cookies.delete(cookie.name)
  else cookies.set(cookie.name, cookie)
}
