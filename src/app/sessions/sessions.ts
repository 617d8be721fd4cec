import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type Koa from 'koa'
import { createSession } from 'koa-session'
import type { Logger } from '../logger.ts'
import { redisTimeOf } from '../redis-time.ts'
import type { User } from '../users.ts'
import type { CookieSigner } from './cookie-signer.ts'
import { RedisSessionStore } from './redis-session-store.ts'
import { SessionCookie } from './session-cookie.ts'
import { SessionRecords, type SessionRecord } from './session-records.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Name of the cookie with the username, which the pages read. */
const USERNAME_COOKIE = 'username'

/** koa-session's session; its own types know neither our field nor that a browser session's `maxAge` is a word. */
interface Session {
  userId?: unknown
  maxAge: number | 'session'
  regenerate(): Promise<void>
  manuallyCommit(): Promise<void>
}

/** `session` of the settings. */
export interface SessionSettings {
  rememberedDays: number
  rememberedIdleDays: number | null
  absoluteDays: number
  idleHours: number
  perAccount: number
}

/** A session as its account's owner is shown it. */
export interface ShownSession extends SessionRecord {
  /** Whether it is the one that asks. */
  current: boolean
}

/**
 * Who is logged in.
 *
 * 1. `open` reads the session that a request's cookie names. Only the routes that need one have it, so that no other
 *    request waits for the sessions' Redis.
 * 2. `logIn` ends that session, begins one with a fresh id and sets the cookies; `logOut` ends it and clears them.
 *    Sessions are written there and nowhere else, so that the route that does it can answer for a failure.
 * 3. `list`, `end`, `endOthers` and `endAll` are about all sessions of an account. What they end stays ended, also under
 *    requests in flight: none of them writes a session that is not there.
 */
export class Sessions {
  /** The middleware of every route that uses the methods below. */
  readonly open: Koa.Middleware
  /** Name of the session's cookie. */
  readonly cookieName: string
  readonly #records: SessionRecords
  readonly #store: RedisSessionStore
  readonly #cookie: SessionCookie
  readonly #rememberedMs: number
  readonly #secure: boolean
  /** The id that a session is to have from now on, by the request's context. */
  readonly #newIds = new WeakMap<object, string>()

  /**
   * @param app gets koa-session's properties on its context; it must have `keys`
   * @param options.secure whether browsers reach the service by HTTPS: then the cookies are `Secure`, and the session's
   *   is called `__Host-sessionid`, which a browser takes from nobody but this very host
   */
  constructor(
    app: Koa,
    redis: Redis,
    options: SessionSettings & { secure: boolean; signer: CookieSigner; logger: Logger },
  ) {
    const { secure, signer, perAccount, logger } = options
    this.#rememberedMs = options.rememberedDays * DAY_MS
    this.#secure = secure
    this.#records = new SessionRecords(redis, { perAccount, logger })
    const rememberedIdleMs = (options.rememberedIdleDays ?? options.rememberedDays) * DAY_MS
    this.#store = new RedisSessionStore(this.#records, {
      remembered: { wholeMs: this.#rememberedMs, idleMs: rememberedIdleMs },
      browser: { wholeMs: options.absoluteDays * DAY_MS, idleMs: options.idleHours * HOUR_MS },
    })
    this.#cookie = new SessionCookie(signer, { secure })
    this.cookieName = this.#cookie.name
    const openSession = createSession(
      {
        key: this.#cookie.name,
        maxAge: this.#rememberedMs,
        autoCommit: false,
        httpOnly: true,
        sameSite: 'lax',
        secure,
        genid: (ctx: Koa.Context) => this.#newIds.get(ctx) ?? newId(),
        externalKey: {
          get: (ctx: Koa.Context) => this.#cookie.read(ctx),
          set: (ctx: Koa.Context, id: string) => this.#cookie.set(ctx, id, cookieLife(sessionOf(ctx))),
        },
        store: this.#store,
      },
      app,
    )
    this.open = async (ctx, next) => {
      // Behind a proxy that ends TLS, Koa sees plain HTTP and would refuse to set a `Secure` cookie.
      ctx.cookies.secure = this.#secure
      await openSession(ctx, () => {
        this.#signAnew(ctx)
        return next()
      })
    }
  }

  /** The id of the account that is logged in. */
  userId(ctx: Koa.Context): number | undefined {
    const { userId } = sessionOf(ctx)
    return typeof userId === 'number' ? userId : undefined
  }

  /** @param remembered false: until the browser closes */
  async logIn(ctx: Koa.Context, { id, username }: User, { remembered }: { remembered: boolean }): Promise<void> {
    ctx['session'] = { userId: id }
    const session = sessionOf(ctx)
    session.maxAge = remembered ? this.#rememberedMs : 'session'
    await session.regenerate()
    this.#setUsername(ctx, encodeURIComponent(username), remembered ? this.#rememberedMs : undefined)
  }

  /** Nothing happens to one who is not logged in, save that the cookies are cleared. */
  async logOut(ctx: Koa.Context): Promise<void> {
    const session = sessionOf(ctx)
    ctx['session'] = null
    await session.manuallyCommit()
    this.#setUsername(ctx, '', undefined)
  }

  /** The sessions of the account that is logged in, the one that was used last in front. */
  async list(ctx: Koa.Context, userId: number): Promise<ShownSession[]> {
    const records = await redisTimeOf(ctx).spend(() => this.#records.list(userId))
    const current = this.#store.currentOf(ctx)?.publicId
    return records
      .toSorted((one, other) => other.seenAt - one.seenAt)
      .map((record) => ({ ...record, current: record.publicId === current }))
  }

  /**
   * Ends one session of the account that is logged in; its own as `logOut` does.
   *
   * @returns whether the account had it
   */
  async end(ctx: Koa.Context, userId: number, publicId: string): Promise<boolean> {
    if (this.#store.currentOf(ctx)?.publicId === publicId) {
      await this.logOut(ctx)
      return true
    }
    return redisTimeOf(ctx).spend(() => this.#records.end(userId, publicId))
  }

  /**
   * Ends all sessions of an account but the one that asks, which gets a fresh id. Where the one that asks has ended meanwhile, or is
   * not of that account, all end.
   *
   * To be called when what the account is protected by has changed, not before: a login that was in flight is checked against that.
   */
  async endOthers(ctx: Koa.Context, userId: number): Promise<void> {
    const current = this.#store.currentOf(ctx)
    if (current?.userId !== userId) {
      await redisTimeOf(ctx).spend(() => this.endAll(userId))
      return
    }
    const id = newId()
    const kept = await redisTimeOf(ctx).spend(() => this.#records.endOthers(userId, current.publicId, id))
    if (!kept) {
      await this.logOut(ctx)
      return
    }
    this.#store.rename(ctx, id)
    this.#newIds.set(ctx, id)
    await sessionOf(ctx).regenerate()
    this.#newIds.delete(ctx)
  }

  /** Ends all sessions of an account. The same as for `endOthers` holds. */
  async endAll(userId: number): Promise<void> {
    await this.#records.endAll(userId)
  }

  /** What an old key has signed the first key signs again, so that the old one can be taken out of the list some day. */
  #signAnew(ctx: Koa.Context): void {
    const current = this.#store.currentOf(ctx)
    if (current !== undefined && this.#cookie.isOld(ctx)) {
      this.#cookie.set(ctx, current.id, cookieLife(sessionOf(ctx)))
    }
  }

  #setUsername(ctx: Koa.Context, value: string, maxAge: number | undefined): void {
    ctx.cookies.set(USERNAME_COOKIE, value, {
      maxAge,
      httpOnly: false,
      sameSite: 'lax',
      secure: this.#secure,
      signed: false,
      overwrite: true,
    })
  }
}

function newId(): string {
  return randomBytes(32).toString('base64url')
}

function sessionOf(ctx: Koa.Context): Session {
  return ctx['session']
}

/** What koa-session has on its session while it lives; it takes the word away when it saves. @returns milliseconds */
function cookieLife({ maxAge }: Session): number | undefined {
  return typeof maxAge === 'number' ? maxAge : undefined
}
