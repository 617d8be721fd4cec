import type Koa from 'koa'

import { AppError } from './errors.ts'

/** Ends the chain: what nobody has answered is a wrong method on a route that there is, or no route at all. */
export const refuseUnanswered: Koa.Middleware = async (ctx) => {
  const methods = methodsOfMatched(ctx)
  if (methods.length === 0) throw new AppError('NOT_FOUND')
  ctx.set('Allow', methods.join(', '))
  if (ctx.method !== 'OPTIONS') throw new AppError('METHOD_NOT_ALLOWED')
  ctx.status = 204
}

/** The methods of all routes whose path fits the request, as the router has noted them. */
function methodsOfMatched(ctx: Koa.Context): string[] {
  const matched: { methods: string[] }[] = ctx['matched'] ?? []
  return [...new Set(matched.flatMap(({ methods }) => methods))]
}
