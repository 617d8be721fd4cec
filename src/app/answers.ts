import type Koa from 'koa'

/** Answers a request that succeeded: `code` 0, `errmsg` ok, and what the route adds. No cache may keep it. */
export function answerOk(ctx: Koa.Context, fields: object = {}): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.body = { code: 0, errmsg: 'ok', ...fields }
}
