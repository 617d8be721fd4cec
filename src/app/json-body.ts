import type Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import secureJson from 'secure-json-parse'
import { AppError } from './errors.ts'

/** Refuses what is no UTF-8: put in the place of what can't be read, one character would make two passwords the same. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A character for each byte: whether they are UTF-8 is looked at here. The package's types do not know the option. */
const BYTES = { encoding: 'latin1' }

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
  const readText = bodyParser({
    enableTypes: ['text'],
    extendTypes: { text: ['application/json'] },
    textLimit: `${maxBytes}b`,
    ...BYTES,
    onerror: (error) => {
      const tooLarge = 'status' in error && error.status === 413
      throw new AppError(tooLarge ? 'TOO_LARGE' : 'NOT_JSON', { cause: error })
    },
  })
  return async (ctx, next) => {
    if (!hasBody(ctx)) {
      ctx.request.body = {}
      return next()
    }
    checkHeaders(ctx, maxBytes)
    await readText(ctx, async () => {
      const { body: text } = ctx.request
      ctx.request.body = parse(Buffer.from(typeof text === 'string' ? text : '', 'latin1'))
      await next()
    })
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

function checkHeaders(ctx: Koa.Context, maxBytes: number): void {
  if (ctx.is('application/json') === false) throw new AppError('NOT_JSON')
  if (!['', 'identity'].includes(ctx.get('Content-Encoding').trim().toLowerCase())) {
    ctx.set('Accept-Encoding', 'identity')
    throw new AppError('BODY_ENCODING')
  }
  // Nothing, in one spelling or another; whoever reads the body knows only one.
  delete ctx.req.headers['content-encoding']
  if ((announcedBytes(ctx) ?? 0) > maxBytes) throw new AppError('TOO_LARGE')
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
