import type Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import { AppError } from './errors.ts'

/**
 * Reads the body of a request into `ctx.request.body`, which must be a JSON object; no body at all counts as an empty
 * one. The content type is insisted on: a form on another site can send any text, but not with that type.
 *
 * @param maxBytes largest body, unpacked
 */
export function readJson(maxBytes: number): Koa.Middleware {
  const parse = bodyParser({
    enableTypes: ['json'],
    jsonLimit: `${maxBytes}b`,
    onerror: (error) => {
      const tooLarge = 'status' in error && error.status === 413
      throw new AppError(tooLarge ? 'TOO_LARGE' : 'NOT_JSON', { cause: error })
    },
  })
  return async (ctx, next) => {
    const empty = ctx.get('Transfer-Encoding') === '' && (ctx.request.length ?? 0) === 0
    if (!empty && ctx.is('application/json') === false) throw new AppError('NOT_JSON')
    await parse(ctx, async () => {
      if (Array.isArray(ctx.request.body)) throw new AppError('NOT_JSON')
      await next()
    })
  }
}
