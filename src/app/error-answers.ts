import type Koa from 'koa'
import { AppError, ERRORS } from './errors.ts'
import { LANGUAGE_TAGS, languageOf } from './languages.ts'
import type { Logger } from './logger.ts'
import { isOutage } from './outages.ts'
import { maskMobiles, requestIdOf, routeOf } from './request-log.ts'

/** When what is away may be asked for again, where nothing tells it better, in seconds. */
const OUTAGE_RETRY_SECONDS = 5

/**
 * Turns every error into an answer of the one form: `code`, `errmsg` in the client's language, `error`. What is no
 * `AppError` becomes 503 when Redis or the database is away, else 500 with the request's id and nothing more; its
 * details go to the log.
 */
export function answerErrors(logger: Logger): Koa.Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const told = error instanceof AppError ? error : new AppError(isOutage(error) ? 'UNAVAILABLE' : 'INTERNAL')
      if (ERRORS[told.error].status >= 500) logFault(logger, ctx, told, error)
      answerError(ctx, told)
    }
  }
}

function answerError(ctx: Koa.Context, { error, wording, retryAfterSeconds: told }: AppError): void {
  const { code, status } = ERRORS[error]
  const retryAfterSeconds = told ?? (status === 503 ? OUTAGE_RETRY_SECONDS : undefined)
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  const language = languageOf(ctx)
  ctx.vary('Accept-Language')
  ctx.set('Content-Language', LANGUAGE_TAGS[language])
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds))
  ctx.body = {
    code,
    errmsg: wording[language],
    error,
    ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
    ...(error === 'INTERNAL' && { request_id: requestIdOf(ctx) }),
  }
}

/**
 * Writes a fault to the log as plain text fields. The error itself is not handed over: the database's carries the
 * statement with its values, and Redis's the command, and both hold mobiles and hashes.
 */
function logFault(logger: Logger, ctx: Koa.Context, told: AppError, error: unknown): void {
  const fields = { requestId: requestIdOf(ctx), method: ctx.method, route: routeOf(ctx), error: told.error }
  const reason = describeError(told === error ? told.cause : error)
  if (told.error === 'INTERNAL') logger.error({ ...fields, ...reason }, 'request failed')
  else logger.warn({ ...fields, ...reason }, 'request refused')
}

/** An error's name, message and stack, with mobiles masked. Nothing for `undefined`. */
export function describeError(error: unknown): { reason?: string; stack?: string } {
  if (error === undefined) return {}
  if (!(error instanceof Error)) return { reason: `${typeof error} thrown in place of an Error` }
  const reason = maskMobiles(`${error.name}: ${error.message}`)
  return error.stack === undefined ? { reason } : { reason, stack: maskMobiles(error.stack) }
}
