import type Koa from 'koa'
import { clientAddressOf } from '../client-address.ts'
import { redisTimeOf } from '../redis-time.ts'
import { browserName } from './browser-name.ts'
import { publicIdOf, type Life, type SessionRecord, type SessionRecords } from './session-records.ts'

/** What koa-session keeps of a session beside its id: our field, and its marks. */
type SessionData = { userId?: unknown; _session?: boolean; _maxAge?: number }

/** What koa-session hands over with each call; it always has the request's context, whatever its types say. */
interface Call {
  ctx?: unknown
}

/** The session that a request has: its secret id, and what names it. */
interface Current extends Pick<SessionRecord, 'userId' | 'publicId'> {
  id: string
}

/**
 * The sessions for koa-session, each request's own commands within its time for Redis.
 *
 * 1. `get` reads one and remembers, for the request, that it was there.
 * 2. `set` begins one. One that the request has already is never written again: nothing about it changes.
 * 3. `destroy` ends the one that the request has; an id that was never written needs nothing.
 */
export class RedisSessionStore {
  readonly #records: SessionRecords
  readonly #lives: { remembered: Life; browser: Life }
  /** By the request's context. */
  readonly #current = new WeakMap<object, Current>()

  /** @param lives how long sessions live that outlive the browser, and others: the browser ends them, but does not tell */
  constructor(records: SessionRecords, lives: { remembered: Life; browser: Life }) {
    this.#records = records
    this.#lives = lives
  }

  /** The session that a request has. */
  currentOf(ctx: Koa.Context): Current | undefined {
    return this.#current.get(ctx)
  }

  /** A request's session has another id from now on. */
  rename(ctx: Koa.Context, id: string): void {
    const current = this.#current.get(ctx)
    if (current !== undefined) this.#current.set(ctx, { ...current, id, publicId: publicIdOf(id) })
  }

  async get(id: string, _maxAge: unknown, call: Call): Promise<SessionData | undefined> {
    const ctx = contextOf(call)
    const found = await redisTimeOf(ctx).spend(() => this.#records.read(id))
    if (found === undefined) return undefined
    const { userId, publicId, remembered } = found.session
    this.#current.set(ctx, { id, userId, publicId })
    return { userId, ...(remembered ? { _maxAge: found.leftMs } : { _session: true }) }
  }

  /** @param maxAge a number for a session that outlives the browser */
  async set(id: string, { userId }: SessionData, maxAge: number | 'session', call: Call): Promise<void> {
    const ctx = contextOf(call)
    if (this.#current.get(ctx)?.id === id) return
    if (typeof userId !== 'number') throw new TypeError(`expected a session of an account, got one of ${typeof userId}`)
    const remembered = maxAge !== 'session'
    const session = { userId, remembered, address: clientAddressOf(ctx), browser: browserName(ctx.get('User-Agent')) }
    const life = remembered ? this.#lives.remembered : this.#lives.browser
    await redisTimeOf(ctx).spend(() => this.#records.add(id, session, life))
    this.#current.set(ctx, { id, userId, publicId: publicIdOf(id) })
  }

  async destroy(id: string, call: Call): Promise<void> {
    const ctx = contextOf(call)
    const current = this.#current.get(ctx)
    if (current?.id !== id) return
    await redisTimeOf(ctx).spend(() => this.#records.end(current.userId, current.publicId))
    this.#current.delete(ctx)
  }
}

function contextOf({ ctx }: Call): Koa.Context {
  return ctx as Koa.Context
}
