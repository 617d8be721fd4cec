import cors from '@koa/cors'
import type Koa from 'koa'

/** How long a browser may remember the answer to a preflight, in seconds. */
const PREFLIGHT_SECONDS = 600

/**
 * Lets pages of other sites use the service (CORS), each by its exact origin, with cookies; everybody else's browsers are
 * told nothing, and so refuse their pages the answers.
 *
 * @param origins such as `https://www.shop.example`. None: nothing is set at all
 */
export function allowOrigins(origins: readonly string[]): Koa.Middleware {
  if (origins.length === 0) return (_ctx, next) => next()
  return cors({
    origin: (ctx) => {
      const origin = ctx.get('Origin')
      return origins.includes(origin) ? origin : ''
    },
    credentials: true,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowHeaders: ['Content-Type', 'Accept-Language'],
    exposeHeaders: ['Retry-After', 'X-Request-Id'],
    maxAge: PREFLIGHT_SECONDS,
    keepHeadersOnError: false,
  })
}

/** Origins as browsers write them: in lower case, without a slash at the end or the scheme's own port. */
export function originsOf(addresses: readonly string[] | null): string[] {
  return (addresses ?? []).map((address) => new URL(address).origin)
}
