import type Koa from 'koa'
import { AppError } from './errors.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/** Which sites are not foreign. */
export interface OwnSites {
  /** The service's own origin. null: the host that a request names counts as its own, under either scheme. */
  own: string | null
  /** Origins of other sites whose pages may use the service. */
  allowed: readonly string[]
}

/** Refuses what changes something (any method but GET, HEAD and OPTIONS) when another site asks for it. */
export function guardUnsafeMethods(sites: OwnSites): Koa.Middleware {
  const refuse = refuseForeignSites(sites)
  return async (ctx, next) => (SAFE_METHODS.includes(ctx.method) ? next() : refuse(ctx, next))
}

/**
 * Refuses a request when the browser says that another site asks, another host of the same domain among them: by
 * `Sec-Fetch-Site`, and where the browser does not send that, by `Origin`. What sends neither is no browser, or an old
 * one, and is let through.
 */
export function refuseForeignSites(sites: OwnSites): Koa.Middleware {
  return async (ctx, next) => {
    if (isForeign(ctx, sites)) throw new AppError('FOREIGN_SITE')
    await next()
  }
}

function isForeign(ctx: Koa.Context, { own, allowed }: OwnSites): boolean {
  const origin = ctx.get('Origin')
  if (allowed.includes(origin)) return false
  const site = ctx.get('Sec-Fetch-Site')
  // `none`: the person did it, not a page.
  if (site !== '') return site !== 'same-origin' && site !== 'none'
  if (origin === '') return false
  if (own !== null) return origin !== own
  // `null` (a sandboxed frame, a local file) and anything else that is no address is foreign.
  if (!URL.canParse(origin)) return true
  const url = new URL(origin)
  return url.origin !== origin || url.host !== ctx.host.toLowerCase()
}
