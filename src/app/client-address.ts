import type Koa from 'koa'

/** The address of the client that a request comes from. */
export function clientAddressOf(ctx: Koa.Context): string {
  return ctx.ip
}
