import { existsSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type Koa from 'koa'
import serveFiles from 'koa-static'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'

/**
 * Serves the built pages. Files under `assets/` carry a hash of their content in their name and may be kept for ever;
 * all others are asked for again each time, and answered 304 where they are unchanged. Where the build has put a compressed file
 * beside one (`.br`, `.gz`), that is sent to whoever takes it.
 *
 * @param webRoot the folder that the pages are built to. It may come into being later; until then pages are 404
 */
export function servePages(webRoot: string, logger: Logger): Koa.Middleware {
  if (!existsSync(webRoot)) logger.warn({ webRoot }, 'the pages have not been built; only the API is served')
  const assets = resolve(webRoot, 'assets') + sep
  const serve = serveFiles(webRoot, {
    setHeaders: (response, path) => {
      const hashed = path.startsWith(assets)
      response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return async (ctx, next) => {
    let passedOn = false
    await serveOrRefuse(ctx, async () => {
      passedOn = true
    })
    if (!passedOn) {
      ctx.vary('Accept-Encoding')
      if (ctx.fresh) ctx.status = 304
      return
    }
    const isPage = ['/', '/docs', '/docs/'].includes(ctx.path) || ctx.path.endsWith('.html')
    if (isPage && !existsSync(webRoot)) throw new AppError('PAGES_NOT_BUILT')
    await next()
  }

  async function serveOrRefuse(ctx: Koa.Context, next: Koa.Next): Promise<void> {
    try {
      await serve(ctx, next)
    } catch (error) {
      // Paths that cannot be decoded, or that lead out of the folder: there is nothing there.
      if (error instanceof Error && 'status' in error && (error.status === 400 || error.status === 403)) {
        throw new AppError('NOT_FOUND', { cause: error })
      }
      throw error
    }
  }
}
