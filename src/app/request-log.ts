import { randomUUID } from 'node:crypto'
import type Koa from 'koa'
import { maskMobile } from '../sms/mask.ts'
import type { Logger } from './logger.ts'

/** The id of a request, as in its `X-Request-Id` header and its lines in the log. */
export function requestIdOf(ctx: Koa.Context): string {
  return String(ctx.state['requestId'])
}

/**
 * Gives each request an id, and its answer the header `X-Request-Id`. An id that the client sends is not taken over: it
 * could be anything.
 */
export const giveRequestIds: Koa.Middleware = (ctx, next) => {
  const requestId = randomUUID()
  ctx.state['requestId'] = requestId
  ctx.set('X-Request-Id', requestId)
  return next()
}

/** From now on the request's line in the log names this task, under whose id the log goes on with it. */
export function noteTask(ctx: Koa.Context, taskId: string): void {
  ctx.state['taskId'] = taskId
}

/** Writes one line per request to the log. */
export function logRequests(logger: Logger): Koa.Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now()
    await next()
    const ms = Math.round(performance.now() - startedAt)
    const { requestId, taskId } = ctx.state
    const task = taskId === undefined ? {} : { taskId }
    logger.info({ requestId, method: ctx.method, route: routeOf(ctx), status: ctx.status, ms, ...task }, 'request')
  }
}

/**
 * Where a request went, for the log: the pattern of its route, because the path itself can hold a mobile or an answer
 * to a captcha; else the path, with mobiles masked.
 */
export function routeOf(ctx: Koa.Context): string {
  const route: unknown = ctx['_matchedRoute']
  return typeof route === 'string' ? route : maskMobiles(ctx.path)
}

/** A text with every mobile in it masked. */
export function maskMobiles(text: string): string {
  return text.replaceAll(/1[3-9]\d{9}/g, (mobile) => maskMobile(mobile))
}
