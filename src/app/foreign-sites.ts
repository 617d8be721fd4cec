import type Koa from 'koa'
import { AppError } from './errors.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/** Refuses what changes something (any method but GET, HEAD and OPTIONS) when another site asks for it. */
export function guardUnsafeMethods(publicUrl: string | null): Koa.Middleware {
  const refuse = refuseForeignSites(publicUrl)
  return async (ctx, next) => (SAFE_METHODS.includes(ctx.method) ? next() : refuse(ctx, next))
}

/**
 * Refuses a request when the browser says that another site asks: by `Sec-Fetch-Site`, and where the browser does not
 * send that, by `Origin`. What sends neither is no browser, or an old one, and is let through.
 *
 * @param publicUrl the service's own address; null: only the request's `Host` counts as its own
 */
export function refuseForeignSites(publicUrl: string | null): Koa.Middleware {
  const ownOrigin = publicUrl === null ? null : new URL(publicUrl).origin
  return async (ctx, next) => {
    const site = ctx.get('Sec-Fetch-Site')
    const foreign = site === '' ? isForeignOrigin(ctx, ownOrigin) : site === 'cross-site'
    if (foreign) throw new AppError('FOREIGN_SITE')
    await next()
  }
}

function isForeignOrigin(ctx: Koa.Context, ownOrigin: string | null): boolean {
  const origin = ctx.get('Origin')
  if (origin === '' || origin === ownOrigin) return false
  // `null` (a sandboxed frame, a local file) and anything else that is no address is foreign.
  return !URL.canParse(origin) || new URL(origin).host !== ctx.host
}
