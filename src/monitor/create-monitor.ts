import { readFile } from 'node:fs/promises'
import type { Context, Middleware } from 'koa'
import type { Access, AccessLogger } from './access/access.ts'
import { apiPrefix } from './api-paths.ts'
import { MonitorError } from './monitor-error.ts'
import { GuardedRouter, type MonitorPart } from './monitor-routes.ts'

/** What the dashboard's server is made of. */
export interface MonitorOptions {
  readonly access: Access
  /** The built page, a file. It may come into being later. */
  readonly page: string
  /** What it answers under `/monitor/api`, beside sessions. */
  readonly parts: readonly MonitorPart[]
  /** Whether an error says that Redis, or something else that the process stands on, is away. */
  readonly isOutage: (error: unknown) => boolean
  readonly logger: AccessLogger & { error(fields: object, message: string): void }
}

/** When what is away may be asked for again, where nothing tells it better, in seconds. */
const outageRetrySeconds = 5

/**
 * The dashboard over HTTP: everything under `/monitor`. What is not there passes.
 *
 * 1. Host is looked at, whatever is asked for.
 * 2. The page holds no data, and needs no session: it asks for the token where there is none.
 * 3. Origin is looked at. All else is a route of one of the parts. Errors are answered in one form, a MonitorFault.
 */
export function createMonitor(options: MonitorOptions): Middleware {
  const { access, parts } = options
  const router = new GuardedRouter(access)
  for (const part of parts) part(router)
  const routes = router.middleware
  return async (context, next) => {
    const path = context.path.replace(/\/$/, '')
    const isPage = path === '/monitor' || path === '/monitor.html'
    if (!isPage && !path.startsWith('/monitor/')) return next()
    context.set('Cache-Control', 'no-store')
    try {
      access.checkHost(context)
      // A link may lead there from anywhere.
      if (isPage) return await answerPage(context, options)
      access.checkOrigin(context)
      if (path.startsWith(`${apiPrefix}/`)) await routes(context, next)
      else throw new MonitorError('NOT_FOUND', 'there is no such page')
    } catch (error) {
      answerFault(context, error, options)
    }
  }
}

/**
 * The page; with a token in its address first a session, and then the page without it. A wrong token is told to the page behind `#`: so it does
 * not get into anybody's log.
 */
async function answerPage(context: Context, { access, page }: MonitorOptions): Promise<void> {
  if (context.method !== 'GET' && context.method !== 'HEAD') {
    context.set('Allow', 'GET, HEAD')
    throw new MonitorError('METHOD_NOT_ALLOWED', `expected GET, came ${context.method}`)
  }
  const token = new URLSearchParams(context.querystring).get('token')
  if (token !== null || context.path !== '/monitor') {
    const mayEnter = token !== null && context.method === 'GET' && isNavigation(context)
    const fault = mayEnter ? faultOfEntering(context, access, token) : null
    context.status = 303
    context.set('Location', fault === null ? '/monitor' : `/monitor#${fault}`)
    return
  }
  try {
    context.type = 'html'
    context.body = await readFile(page)
  } catch (cause) {
    throw new MonitorError('PAGE_NOT_BUILT', 'the page has not been built: npm run build', { cause })
  }
}

/** Not a picture, a frame or a script of some page, as far as the browser says so: it would use up the tries of whoever looks at it. */
function isNavigation(context: Context): boolean {
  return (
    ['', 'navigate'].includes(context.get('Sec-Fetch-Mode')) && ['', 'document'].includes(context.get('Sec-Fetch-Dest'))
  )
}

/** @returns null: a session is open */
function faultOfEntering(context: Context, access: Access, token: string): string | null {
  try {
    access.enter(context, token)
    return null
  } catch (error) {
    if (error instanceof MonitorError) return error.error
    throw error
  }
}

function answerFault(context: Context, error: unknown, { isOutage, logger }: MonitorOptions): void {
  const told = faultOf(error, isOutage)
  if (told.error === 'INTERNAL') {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    logger.error({ method: context.method, path: context.path, reason }, 'dashboard: a request failed')
  }
  context.status = told.status
  context.remove('Content-Type')
  if (told.retryAfter !== null) context.set('Retry-After', String(told.retryAfter))
  context.body = told.fault
}

function faultOf(error: unknown, isOutage: (error: unknown) => boolean): MonitorError {
  if (error instanceof MonitorError) return error
  if (isOutage(error)) {
    const options = { retryAfter: outageRetrySeconds, cause: error }
    return new MonitorError('UNAVAILABLE', 'what it needs is away; try again soon', options)
  }
  return new MonitorError('INTERNAL', 'a fault of ours; the log has more', { cause: error })
}
