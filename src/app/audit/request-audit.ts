import type Koa from 'koa'
import { maskMobile } from '../../sms/mask.ts'
import { clientAddressOf } from '../client-address.ts'
import { AppError } from '../errors.ts'
import { requestIdOf } from '../request-log.ts'
import { browserName } from '../sessions/browser-name.ts'
import type { User } from '../users.ts'
import { entryOf, type AuditEntry } from './entry.ts'
import type { AuditEvent } from './events.ts'
import { eventOfRefusal } from './refusals.ts'

/** Where entries go. */
export interface AuditSink {
  /** Something that was done. */
  record(entry: AuditEntry): void
  /** Something that was refused. */
  refuse(entry: AuditEntry): void
}

/** Finds the pattern of the route that a request is for; undefined: there is none. */
export type FindPattern = (method: string, path: string) => string | undefined

/**
 * What the audit is told of one request.
 *
 * 1. Whoever handles the request notes whom it is about, as soon as that is known. What was noted once is only ever added to.
 * 2. Who has done something tells it. That it was refused is found out by `auditRequests`.
 */
export class RequestAudit {
  readonly #ctx: Koa.Context
  readonly #sink: AuditSink
  readonly #findPattern: FindPattern
  #userId: number | undefined
  #user: Pick<User, 'username' | 'mobile'> | undefined
  #mobile: string | undefined

  constructor(ctx: Koa.Context, sink: AuditSink, findPattern: FindPattern) {
    this.#ctx = ctx
    this.#sink = sink
    this.#findPattern = findPattern
  }

  /** The account that the request is about. */
  noteUser({ id, ...user }: Pick<User, 'id' | 'username' | 'mobile'>): void {
    this.#userId = id
    this.#user = user
  }

  /** The same, where only its id is known. */
  noteUserId(id: number): void {
    this.#userId ??= id
  }

  /** The mobile that the request names, which need not be an account's. */
  noteMobile(mobile: string): void {
    this.#mobile = mobile
  }

  /** Tells of something that was done. @param reason what exactly, in a few words */
  tell(event: AuditEvent, reason?: string): void {
    this.#sink.record(this.#entry(event, this.#pattern(), reason))
  }

  /** Tells that the request is refused, where that is an event. */
  tellRefusal({ error, by }: AppError): void {
    const path = this.#pattern()
    const event = eventOfRefusal(error, { by, path })
    if (event !== null) this.#sink.refuse(this.#entry(event, path, by === undefined ? error : `${error}: ${by}`))
  }

  /** Not the path itself, which may hold a mobile, or an answer to a captcha. */
  #pattern(): string | undefined {
    return this.#findPattern(this.#ctx.method, this.#ctx.path)
  }

  #entry(event: AuditEvent, pattern: string | undefined, reason: string | undefined): AuditEntry {
    const ctx = this.#ctx
    const mobile = this.#mobile ?? this.#user?.mobile
    return entryOf({
      event,
      userId: this.#userId ?? null,
      account: this.#user?.username ?? null,
      mobile: mobile === undefined ? null : maskMobile(mobile),
      address: clientAddressOf(ctx),
      requestId: requestIdOf(ctx),
      route: `${ctx.method} ${pattern ?? '(none)'}`,
      reason: reason ?? null,
      userAgent: browserName(ctx.get('User-Agent')) || null,
    })
  }
}

/** Has the audit told of each request that is refused behind it, and by whoever handles the others. */
export function auditRequests(sink: AuditSink, findPattern: FindPattern): Koa.Middleware {
  return async (ctx, next) => {
    const audit = new RequestAudit(ctx, sink, findPattern)
    ctx.state['audit'] = audit
    try {
      await next()
    } catch (error) {
      if (error instanceof AppError) audit.tellRefusal(error)
      throw error
    }
  }
}

/** What the audit is told of a request. */
export function auditOf(ctx: Koa.Context): RequestAudit {
  return ctx.state['audit'] as RequestAudit
}
