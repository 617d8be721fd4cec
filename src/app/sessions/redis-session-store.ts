import type { Redis } from 'ioredis'
import type { Logger } from '../logger.ts'

/** What koa-session keeps: the session's own fields, and its marks `_expire`, `_maxAge` and `_session`. */
type SessionData = Record<string, unknown>

/** 32 bytes in base64url, as `genid` makes them. */
const SESSION_ID = /^[A-Za-z0-9_-]{43}$/

/**
 * The sessions in Redis, as `session_<id>`, for koa-session.
 *
 * 1. `get` reads one and remembers, for the request, that it was there. A browser session's life starts anew.
 * 2. `set` writes one. One that was there must still be there (XX): a session that another request has ended
 *    meanwhile stays ended.
 * 3. `destroy` ends one; an id that was never written needs nothing.
 */
export class RedisSessionStore {
  readonly #redis: Redis
  readonly #idleMs: number
  readonly #logger: Logger
  /** The session that a request has read or written, by the request's context. */
  readonly #known = new WeakMap<object, string>()

  /** @param options.idleMs how long a browser session lives unused: the browser ends it, but does not tell */
  constructor(redis: Redis, options: { idleMs: number; logger: Logger }) {
    this.#redis = redis
    this.#idleMs = options.idleMs
    this.#logger = options.logger
  }

  async get(id: string, _maxAge: unknown, { ctx = {} }: { ctx?: object }): Promise<SessionData | undefined> {
    if (!SESSION_ID.test(id)) return undefined
    const text = await this.#redis.get(keyOf(id))
    if (text === null) return undefined
    const data = this.#parse(text)
    if (data === undefined) return undefined
    if (data['_session'] === true) await this.#redis.pexpire(keyOf(id), this.#idleMs)
    this.#known.set(ctx, id)
    return data
  }

  /** @param maxAge life in milliseconds; `session` for one that ends with the browser */
  async set(id: string, data: SessionData, maxAge: number | 'session', { ctx = {} }: { ctx?: object }): Promise<void> {
    const ttlMs = maxAge === 'session' ? this.#idleMs : maxAge
    const text = JSON.stringify(data)
    if (this.#known.get(ctx) === id) await this.#redis.set(keyOf(id), text, 'PX', ttlMs, 'XX')
    else await this.#redis.set(keyOf(id), text, 'PX', ttlMs)
    this.#known.set(ctx, id)
  }

  async destroy(id: string, { ctx = {} }: { ctx?: object }): Promise<void> {
    if (this.#known.get(ctx) === id) await this.#redis.del(keyOf(id))
  }

  /** Minimal, until there is an index of an account's sessions: looks at all of them. @param except one that stays */
  async endOf(userId: number, except?: string): Promise<void> {
    for await (const keys of this.#redis.scanStream({ match: keyOf('*'), count: 500 }) as AsyncIterable<string[]>) {
      if (keys.length === 0) continue
      const texts = await this.#redis.mget(keys)
      const isMeant = (text: string | null | undefined) =>
        typeof text === 'string' && this.#parse(text)?.['userId'] === userId
      const ended = keys.filter((key, at) => isMeant(texts[at]) && key !== keyOf(except ?? ''))
      if (ended.length > 0) await this.#redis.del(ended)
    }
  }

  /** The session that a request has read or written. */
  known(ctx: object): string | undefined {
    return this.#known.get(ctx)
  }

  #parse(text: string): SessionData | undefined {
    try {
      const value: unknown = JSON.parse(text)
      if (isObject(value)) return value
    } catch {
      // Told below.
    }
    this.#logger.warn({}, 'a session in Redis cannot be read and is ignored')
    return undefined
  }
}

function isObject(value: unknown): value is SessionData {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keyOf(id: string): string {
  return `session_${id}`
}
