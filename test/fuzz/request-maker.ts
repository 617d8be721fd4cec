import type { Random } from '../support/fault-run.ts'
import { FIELDS, METHODS, ODD_TEXTS, ODD_VALUES, ODD_BODIES, TYPES, PATHS } from './odd-values.ts'

/** A route of the service, as the router lists it: `/image_codes/:uuid`. */
export interface Route {
  readonly methods: readonly string[]
  readonly path: string
}

/** A request as the bytes that go over the wire. */
export interface FuzzRequest {
  readonly method: string
  readonly bytes: Buffer
  /** Less body follows than was announced: the client goes away in the middle. */
  readonly cutOff: boolean
}

/** What makes requests go deeper than the first check: values that the service has, or once had. */
export interface KnownValues {
  /** A value that a field or parameter of this name could really have. */
  good(name: string): Promise<string | undefined>
  /** A Cookie header that the service would take. */
  cookie(): string | undefined
}

const MOST_BODY = 20_000

/** Makes requests for all routes of a service, good, odd and broken ones; the same ones for the same seed. */
export class RequestMaker {
  readonly #random: Random
  readonly #routes: readonly Route[]
  readonly #known: KnownValues

  constructor(random: Random, routes: readonly Route[], known: KnownValues) {
    this.#random = random
    this.#routes = routes
    this.#known = known
  }

  async next(): Promise<FuzzRequest> {
    const route = this.#one(this.#routes)
    const method = this.#often(0.9) ? this.#one(route.methods) : this.#one(METHODS)
    const path = this.#often(0.9) ? await this.#pathOf(route) : this.#one(PATHS)
    const target = this.#often(0.8) ? path : `${path}?${await this.#query()}`
    const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method) || this.#random.chance(0.05)
    const body = hasBody ? await this.#body() : Buffer.alloc(0)
    const head = [
      `${method} ${this.#noise(target)} HTTP/${this.#often(0.99) ? '1.1' : this.#one(['1.0', '1.2', '2.0', '9'])}`,
    ]
    head.push(...this.#headers())
    const chunked = hasBody && this.#random.chance(0.1)
    const cutOff = hasBody && body.length > 0 && this.#random.chance(0.01)
    if (hasBody) {
      head.push(`Content-Type: ${this.#often(0.95) ? 'application/json' : this.#one(TYPES)}`)
      if (chunked) head.push('Transfer-Encoding: chunked')
      if (!chunked || this.#random.chance(0.02)) head.push(`Content-Length: ${body.length + (cutOff ? 10 : 0)}`)
    }
    const sent = chunked ? chunks(body, cutOff) : body
    return { method, bytes: Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), sent]), cutOff }
  }

  /** Fills the parameters of a route in. */
  async #pathOf({ path }: Route): Promise<string> {
    let filled = path
    for (const [parameter = '', name = ''] of path.matchAll(/:(\w+)/g)) {
      const value = await this.#text(name)
      filled = filled.replace(parameter, () => (this.#often(0.9) ? encoded(value) : inLatin1(value)))
    }
    if (this.#random.chance(0.02)) return filled.toUpperCase()
    return this.#random.chance(0.05) ? filled + this.#one(['/', '//', '/.', '/x', '%2f', '.json', ';a=b']) : filled
  }

  async #query(): Promise<string> {
    const pairs: string[] = []
    for (let count = this.#random.between(1, 4); count > 0; count--) {
      const name = this.#one(FIELDS)
      pairs.push(`${name}=${encoded(await this.#text(name))}`)
    }
    return pairs.join(this.#often(0.95) ? '&' : ';')
  }

  #headers(): string[] {
    const headers = this.#often(0.99)
      ? ['Host: shop.example']
      : this.#one([[], ['Host: a', 'Host: b'], ['Host: \u00ff/']])
    const cookie = this.#known.cookie()
    if (cookie !== undefined && this.#random.chance(0.4))
      headers.push(`Cookie: ${this.#often(0.8) ? cookie : this.#mutated(cookie)}`)
    const odd = () =>
      this.#often(0.7)
        ? this.#one(['0', '1, 2', 'x'.repeat(500), '"', '\u00e9', ',;=', ';q=', 'zh;q=9,en;q=-1', '*'])
        : inLatin1(this.#one(ODD_TEXTS))
    for (const name of [
      'Accept-Language',
      'X-Request-Id',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'Cookie',
      'Accept',
      'If-None-Match',
      'If-Modified-Since',
      'Range',
      'Upgrade',
      'Expect',
      'Content-Encoding',
      'X-HTTP-Method-Override',
    ]) {
      if (this.#random.chance(0.02)) headers.push(`${name}: ${odd()}`)
    }
    if (this.#random.chance(0.03))
      headers.push(`Origin: ${this.#one(['null', 'http://shop.example', 'https://evil.example', odd()])}`)
    if (this.#random.chance(0.03))
      headers.push(`Sec-Fetch-Site: ${this.#one(['cross-site', 'same-site', 'same-origin', 'none', odd()])}`)
    if (this.#random.chance(0.005)) headers.push(...Array.from({ length: 150 }, (_, index) => `X-${index}: ${index}`))
    if (this.#random.chance(0.005)) headers.push(`X-Long: ${'x'.repeat(20_000)}`)
    if (this.#random.chance(0.005)) headers.push(this.#one(['no colon', ': no name', 'A b: c', ' folded: x', 'X: \0']))
    return headers
  }

  async #body(): Promise<Buffer> {
    if (this.#random.chance(0.05)) return Buffer.from(this.#one(ODD_BODIES))
    if (this.#random.chance(0.005)) return Buffer.from(JSON.stringify({ username: 'x'.repeat(MOST_BODY) }))
    const pairs: string[] = []
    const fields = this.#often(0.9) ? FIELDS.slice(0, 10) : FIELDS
    for (const name of fields) {
      if (!this.#often(0.95)) continue
      const value = this.#often(0.9) ? JSON.stringify(await this.#text(name)) : this.#one(ODD_VALUES)
      const isFlag = name === 'allow' || name === 'remembered'
      pairs.push(`${JSON.stringify(name)}:${isFlag && this.#often(0.9) ? 'true' : value}`)
      if (this.#random.chance(0.01)) pairs.push(`${JSON.stringify(name)}:${this.#one(ODD_VALUES)}`)
    }
    const body = Buffer.from(`{${pairs.join(',')}}`).subarray(0, MOST_BODY)
    if (!this.#random.chance(0.05) || body.length === 0) return body
    const mutated = Buffer.from(body)
    mutated[this.#random.between(0, mutated.length - 1)] = this.#random.between(0, 255)
    return mutated
  }

  /** What a field or parameter of this name might be: mostly a good value. */
  async #text(name: string): Promise<string> {
    const good = this.#often(0.85) ? await this.#known.good(name) : undefined
    if (good === undefined) return this.#one(ODD_TEXTS)
    return this.#often(0.95) ? good : this.#mutated(good)
  }

  #mutated(text: string): string {
    const at = this.#random.between(0, text.length)
    const more = this.#one(['', '\u0000', 'x', '%', '/', "'", '=', '0', '\u00e9'])
    return text.slice(0, at) + more + text.slice(at + 1)
  }

  /** Now and then a byte in an address is another one. */
  #noise(target: string): string {
    if (!this.#random.chance(0.01)) return target
    if (this.#random.chance(0.2)) return target + 'a'.repeat(this.#one([2_000, 3_000, 17_000]))
    const at = this.#random.between(0, target.length)
    return target.slice(0, at) + String.fromCharCode(this.#random.between(0, 255)) + target.slice(at + 1)
  }

  #often(probability: number): boolean {
    return this.#random.chance(probability)
  }

  #one<T>(values: readonly T[]): T {
    return values[this.#random.between(0, values.length - 1)] as T
  }
}

function chunks(body: Buffer, cutOff: boolean): Buffer {
  const half = Math.ceil(body.length / 2)
  const pieces = [body.subarray(0, half), body.subarray(half)].filter(({ length }) => length > 0)
  const framed = pieces.map((piece) =>
    Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
  )
  return Buffer.concat(cutOff ? framed : [...framed, Buffer.from('0\r\n\r\n')])
}

/** Percent-encoded as UTF-8, also where the text is none. */
function encoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'))
}

/** As bytes of UTF-8, which go over the wire one by one. */
function inLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
