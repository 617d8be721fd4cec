import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type Koa from 'koa'
import { createSession } from 'koa-session'
import type { Logger } from '../logger.ts'
import { redisTimeOf, type RedisTime } from '../redis-time.ts'
import type { User } from '../users.ts'
import { RedisSessionStore } from './redis-session-store.ts'

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

/**
 * Who is logged in.
 *
 * 1. `open` reads the session that a request's cookie names. Only the routes that need one have it, so that no other
 *    request waits for the sessions' Redis.
 * 2. `logIn` ends that session, begins one with a fresh id and sets the cookies; `logOut` ends it and clears them.
 *    Sessions are written there and nowhere else, so that the route that does it can answer for a failure.
 */
export class Sessions {
  /** The middleware of every route that uses the methods below. */
  readonly open: Koa.Middleware
  /** The session's cookie. */
  readonly cookieName: string
  readonly #rememberedMs: number
  readonly #secure: boolean

  /**
   * @param app gets koa-session's properties on its context; it must have the `keys` that sign the cookies
   * @param options.secure whether browsers reach the service by HTTPS: then the cookies are `Secure`, and the session's
   *   is called `__Host-sessionid`, which a browser takes from nobody but this very host
   */
  constructor(
    app: Koa,
    redis: Redis,
    options: { rememberedDays: number; idleHours: number; secure: boolean; logger: Logger },
  ) {
    this.#rememberedMs = options.rememberedDays * DAY_MS
    this.#secure = options.secure
    this.cookieName = options.secure ? '__Host-sessionid' : 'sessionid'
    const openSession = createSession(
      {
        key: this.cookieName,
        maxAge: this.#rememberedMs,
        autoCommit: false,
        httpOnly: true,
        sameSite: 'lax',
        secure: options.secure,
        genid: () => randomBytes(32).toString('base64url'),
        store: timed(new RedisSessionStore(redis, { idleMs: options.idleHours * HOUR_MS, logger: options.logger })),
      },
      app,
    )
    this.open = async (ctx, next) => {
      // Behind a proxy that ends TLS, Koa sees plain HTTP and would refuse to set a `Secure` cookie.
      ctx.cookies.secure = this.#secure
      await openSession(ctx, next)
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

type Store = Pick<RedisSessionStore, 'get' | 'set' | 'destroy'>

/** The same store, used as long as its request has time for Redis. */
function timed(store: RedisSessionStore): Store {
  return {
    get: (id, maxAge, options) => timeOf(options).spend(() => store.get(id, maxAge, options)),
    set: (id, data, maxAge, options) => timeOf(options).spend(() => store.set(id, data, maxAge, options)),
    destroy: (id, options) => timeOf(options).spend(() => store.destroy(id, options)),
  }
}

function timeOf({ ctx }: { ctx?: object }): RedisTime {
  return redisTimeOf(ctx as Koa.Context)
}

function sessionOf(ctx: Koa.Context): Session {
  return ctx['session']
}
