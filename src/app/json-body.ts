import type Koa from 'koa'
import readBody from 'raw-body'
import secureJson from 'secure-json-parse'
import { AppError } from './errors.ts'

declare module 'koa' {
  interface Request {
    /** What `readJson` has read: a JSON object. */
    body?: unknown
  }
}

/** Refuses what is no UTF-8: put in the place of what can't be read, one character would make two passwords the same. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Our forms are flat. What goes through a value level by level would overflow the stack on one that is ten thousand deep. */
const MAX_DEPTH = 16

/**
 * Reads the body of a request into `ctx.request.body`, which must be a JSON object in UTF-8; no body at all counts as an
 * empty one. The content type is insisted on: a form on another site can send any text, but not with that type. Compressed
 * bodies are refused: unpacking costs more than sending.
 *
 * @param maxBytes largest body
 */
export function readJson(maxBytes: number): Koa.Middleware {
  return async (ctx, next) => {
    ctx.request.body = hasBody(ctx) ? parse(await read(ctx, maxBytes)) : {}
    await next()
  }
}

function hasBody(ctx: Koa.Context): boolean {
  return ctx.get('Transfer-Encoding') !== '' || (announcedBytes(ctx) ?? 0) !== 0
}

/** Not Koa's own, which takes 4294967296 for 0. */
function announcedBytes(ctx: Koa.Context): number | null {
  const length = ctx.get('Content-Length')
  return length === '' ? null : Number(length)
}

async function read(ctx: Koa.Context, maxBytes: number): Promise<Buffer> {
  if (ctx.is('application/json') === false) throw new AppError('NOT_JSON')
  if (!['', 'identity'].includes(ctx.get('Content-Encoding').trim().toLowerCase())) {
    ctx.set('Accept-Encoding', 'identity')
    throw new AppError('BODY_ENCODING')
  }
  try {
    return await readBody(ctx.req, { length: announcedBytes(ctx), limit: maxBytes })
  } catch (error) {
    const tooLarge = error instanceof Error && 'status' in error && error.status === 413
    throw new AppError(tooLarge ? 'TOO_LARGE' : 'NOT_JSON', { cause: error })
  }
}

/** @throws AppError also for keys that would reach into every object, such as `__proto__` */
function parse(body: Buffer): object {
  try {
    const value: unknown = secureJson.parse(utf8.decode(body))
    if (isObject(value) && !Array.isArray(value) && !isDeeper(value, MAX_DEPTH)) return value
  } catch (error) {
    throw new AppError('NOT_JSON', { cause: error })
  }
  throw new AppError('NOT_JSON')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isDeeper(value: unknown, levels: number): boolean {
  if (!isObject(value)) return false
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1))
}
