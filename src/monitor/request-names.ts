import type { Context } from 'koa'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** A request's method; null: another, of which there may be any number. */
export function knownMethod(method: string): string | null {
  return methods.includes(method) ? method : null
}

/** The pattern of the route that has answered a request; null: none has. A path itself may be anything, a mobile too. */
export function routePattern(context: Context): string | null {
  const route: unknown = context['_matchedRoute']
  return typeof route === 'string' ? route : null
}
