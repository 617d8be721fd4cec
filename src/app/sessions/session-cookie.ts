import type Koa from 'koa'
import type { CookieSigner } from './cookie-signer.ts'
import { onlyCookie } from './request-cookies.ts'

/** 32 bytes in base64url. */
const SESSION_ID = /^[A-Za-z0-9_-]{43}$/

/**
 * The cookie with a session's id, and beside it one with its signature. They carry nothing else.
 *
 * 1. `read` takes an id that has the form of one, is there once, and is signed. Anything else is as good as no cookie.
 * 2. `isOld` tells that it was signed by a key that signs no more. Whoever then finds the session valid sets the cookie again.
 */
export class SessionCookie {
  /** Behind HTTPS the browser takes it from nobody but this very host. */
  readonly name: string
  readonly #secure: boolean
  readonly #signer: CookieSigner
  readonly #old = new WeakSet<object>()

  constructor(signer: CookieSigner, options: { secure: boolean }) {
    this.name = options.secure ? '__Host-sessionid' : 'sessionid'
    this.#secure = options.secure
    this.#signer = signer
  }

  /** The id that a request carries; `''` for none. */
  read(ctx: Koa.Context): string {
    const id = onlyCookie(ctx, this.name)
    const signature = onlyCookie(ctx, `${this.name}.sig`)
    if (id === undefined || signature === undefined || !SESSION_ID.test(id)) return ''
    const verdict = this.#signer.verify(`${this.name}=${id}`, signature)
    if (verdict === 'wrong') return ''
    if (verdict === 'old') this.#old.add(ctx)
    return id
  }

  /** Whether the cookie of a request was signed by a key that is not the first one any more. */
  isOld(ctx: Koa.Context): boolean {
    return this.#old.has(ctx)
  }

  /** @param maxAge in milliseconds; undefined: until the browser closes */
  set(ctx: Koa.Context, id: string, maxAge: number | undefined): void {
    const options = {
      maxAge,
      httpOnly: true,
      sameSite: 'lax',
      secure: this.#secure,
      signed: false,
      overwrite: true,
    } as const
    ctx.cookies.set(this.name, id, options)
    ctx.cookies.set(`${this.name}.sig`, this.#signer.sign(`${this.name}=${id}`), options)
  }
}
