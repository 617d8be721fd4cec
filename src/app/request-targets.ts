import type Koa from 'koa'

/**
 * Lets nothing behind it come upon a target without a path, such as `foo://bar` or `http://a[b/`: Koa's `ctx.path`
 * would throw, or be `null`, in whatever reads it first. Such a request goes on as one for `/`, marked as unreadable.
 */
export const keepTargetsReadable: Koa.Middleware = (ctx, next) => {
  if (!hasPath(ctx)) {
    ctx.state['hasUnreadableTarget'] = true
    ctx.req.url = '/'
  }
  return next()
}

/** Whether `keepTargetsReadable` put another target in place of the one that came. */
export function hasUnreadableTarget(ctx: Koa.Context): boolean {
  return ctx.state['hasUnreadableTarget'] === true
}

function hasPath(ctx: Koa.Context): boolean {
  try {
    return typeof (ctx.path as unknown) === 'string'
  } catch {
    return false
  }
}
