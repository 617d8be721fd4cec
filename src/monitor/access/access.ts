import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import { MonitorError } from '../monitor-error.ts'
import { AllowedHosts } from './allowed-hosts.ts'
import { SessionCookies, type MonitorSession } from './session-cookie.ts'
import { WrongTokens } from './wrong-tokens.ts'

/** The log of whoever came in, and who did not. */
export interface AccessLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Who may look at the dashboard. */
export interface AccessOptions {
  /** The secret that opens a session. */
  readonly token: string
  /** Address that the service listens on. */
  readonly listensOn: string
  /** Address under which browsers reach the service; null: it has none. https makes the cookie Secure. */
  readonly publicUrl: string | null
  /** Hosts that it may be asked for under, beside names of this machine, `listensOn` and `publicUrl`. */
  readonly hosts: readonly string[]
  readonly sessionMs: number
  /** The address, or block of addresses, for which wrong tokens are counted together. */
  readonly addressOf: (context: Context) => string
  readonly logger: AccessLogger
}

/** Methods that change nothing. */
const safeMethods = ['GET', 'HEAD', 'OPTIONS']

/**
 * Guards the dashboard. Where a request comes from proves nothing: behind a proxy on the same machine everybody comes from there.
 *
 * 1. checkHost: only for hosts of the list, whoever asks.
 * 2. checkOrigin: what changes something needs an Origin that is the very host; and no page of another site, or of another port of this
 *    machine, is told anything where the browser says so.
 * 3. enter: the token opens a session, whose cookie is sent with requests of the dashboard's own pages alone.
 * 4. sessionOf: everything else needs that cookie.
 */
export class Access {
  readonly #options: AccessOptions
  readonly #hosts: AllowedHosts
  readonly #cookies: SessionCookies
  readonly #wrong = new WrongTokens()
  readonly #secure: boolean
  readonly #token: Buffer

  constructor(options: AccessOptions) {
    this.#options = options
    this.#hosts = new AllowedHosts(options.listensOn, options.publicUrl, options.hosts)
    this.#cookies = new SessionCookies(options.token, options.sessionMs)
    this.#secure = options.publicUrl?.startsWith('https:') === true
    this.#token = digest(options.token)
  }

  /** Of a secure cookie the name says that browsers took it over HTTPS alone. */
  get cookieName(): string {
    return this.#secure ? '__Secure-lovage_monitor' : 'lovage_monitor'
  }

  /** @throws MonitorError HOST_NOT_ALLOWED */
  checkHost({ req }: Context): void {
    this.#hosts.check(req)
  }

  /** @throws MonitorError FOREIGN_ORIGIN */
  checkOrigin(context: Context): void {
    if (isForeign(context)) {
      const site = context.get('Sec-Fetch-Site')
      throw new MonitorError('FOREIGN_ORIGIN', `expected a page of this host to ask, came Sec-Fetch-Site: ${site}`)
    }
    if (safeMethods.includes(context.method)) return
    const host = this.#hosts.check(context.req)
    const origin = context.get('Origin')
    const [, scheme = '', named = ''] = /^(https?):\/\/([^/\s]+)$/i.exec(origin) ?? []
    if (scheme !== '' && named.toLowerCase() === host) return
    const came = origin === '' ? 'none' : JSON.stringify(origin.slice(0, 200))
    throw new MonitorError('FOREIGN_ORIGIN', `Origin: expected http:// or https:// and ${host}, came ${came}`)
  }

  /**
   * Opens a session for whoever has the token, and sets its cookie. Wrong tokens that links of other sites bring are counted apart: any page
   * could use up the tries of whoever looks at it.
   *
   * @throws MonitorError WRONG_TOKEN, TOO_MANY_TRIES
   */
  enter(context: Context, token: string): MonitorSession {
    const { addressOf, logger } = this.#options
    const address = addressOf(context)
    const budget = isForeign(context) ? `${address}, by a page of another site` : address
    const retryAfter = this.#wrong.waitSeconds(budget)
    if (retryAfter > 0) {
      logger.warn({ address, retryAfter }, 'dashboard: too many wrong tokens from one address: no more is looked at')
      throw new MonitorError('TOO_MANY_TRIES', `expected fewer wrong tokens; try again in ${retryAfter} s`, {
        retryAfter,
      })
    }
    if (!timingSafeEqual(digest(token), this.#token)) {
      this.#wrong.note(budget)
      logger.warn({ address }, 'dashboard: a wrong token')
      throw new MonitorError('WRONG_TOKEN', 'expected the token of the dashboard, came another one')
    }
    const { session, value } = this.#cookies.make()
    this.#setCookie(context, value, Math.round(this.#options.sessionMs / 1000))
    logger.info({ address, endsAt: new Date(session.endsAt).toISOString() }, 'dashboard: a session was opened')
    return session
  }

  /** @throws MonitorError NO_SESSION */
  sessionOf(context: Context): MonitorSession {
    const session = this.#cookies.read(onlyCookie(context, this.cookieName))
    if (session === null)
      throw new MonitorError('NO_SESSION', 'expected the cookie of a session, came none that is good')
    return session
  }

  /** Whether a session that was good is so still. */
  isOpen(context: Context): boolean {
    return this.#cookies.read(onlyCookie(context, this.cookieName)) !== null
  }

  /** Ends a session. */
  leave(context: Context, session: MonitorSession): void {
    this.#cookies.end(session)
    this.#setCookie(context, '', 0)
  }

  #setCookie(context: Context, value: string, maxAge: number): void {
    const secure = this.#secure ? '; Secure' : ''
    const attributes = `Path=/monitor; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`
    context.append('Set-Cookie', `${this.cookieName}=${value}; ${attributes}`)
  }
}

/** Whether the browser says that a page of another site, or of another port of this machine, asks. `none`: the person did it, not a page. */
function isForeign(context: Context): boolean {
  return !['', 'same-origin', 'none'].includes(context.get('Sec-Fetch-Site'))
}

/** Of one length, so that they can be compared in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** '' where there is none, or more than one: a page of a neighbouring host may have set the other one. */
function onlyCookie(context: Context, name: string): string {
  const pairs = context.get('Cookie').split(';')
  const values = pairs.map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${name}=`))
  return values.length === 1 ? (values[0] ?? '').slice(name.length + 1) : ''
}
