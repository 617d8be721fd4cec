import { Router } from '@koa/router'
import type { Context, Middleware, Next } from 'koa'
import type { Access } from './access/access.ts'
import type { MonitorSession } from './access/session-cookie.ts'
import { apiPrefix } from './api-paths.ts'
import { readJsonBody } from './json-body.ts'
import { MonitorError } from './monitor-error.ts'

/** A request that was let in. */
export interface MonitorRequest {
  /** The parts of the path that its pattern names, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The body of a POST, PUT or DELETE: a JSON object; empty where there is none, and of a GET. */
  readonly body: Readonly<Record<string, unknown>>
  readonly session: MonitorSession
  /** For what is not answered with JSON. */
  readonly context: Context
}

/** @returns what is answered as JSON; `undefined`: it has set its own answer on the context */
export type MonitorHandler = (request: MonitorRequest) => unknown

/** Answers of the dashboard; all of them need a session, so that none is without one by mistake. */
export interface MonitorRoutes {
  /** Something to look at. @param path under `/monitor/api`, as `/tasks/:id` */
  show(path: string, handler: MonitorHandler): void
  /** Something that changes things. @param path under `/monitor/api` */
  act(method: 'POST' | 'PUT' | 'DELETE', path: string, handler: MonitorHandler): void
}

/** A part of the dashboard adds what it answers. */
export type MonitorPart = (routes: MonitorRoutes) => void

/** The routes of all parts: for each the session is looked at, then its body read. */
export class GuardedRouter implements MonitorRoutes {
  readonly #router = new Router({ prefix: apiPrefix, sensitive: true })
  readonly #access: Access

  constructor(access: Access) {
    this.#access = access
    // The one route without a session.
    this.#router.post('/session', async (context) => {
      const { token } = await readJsonBody(context.req)
      if (typeof token !== 'string')
        throw new MonitorError('BAD_REQUEST', `token: expected a text, came ${typeof token}`)
      context.body = { endsAt: access.enter(context, token).endsAt }
    })
    this.act('DELETE', '/session', ({ context, session }) => {
      access.leave(context, session)
      return { ended: true }
    })
  }

  get middleware(): Middleware {
    const answer = this.#router.routes() as Middleware
    return (context, next) => answer(context, () => this.#unanswered(context, next))
  }

  show(path: string, handler: MonitorHandler): void {
    this.#router.get(path, (context) => this.#answer(context, handler, false))
  }

  act(method: 'POST' | 'PUT' | 'DELETE', path: string, handler: MonitorHandler): void {
    this.#router.register(path, [method], (context: Context) => this.#answer(context, handler, true))
  }

  async #answer(context: Context, handler: MonitorHandler, takesBody: boolean): Promise<void> {
    const session = this.#access.sessionOf(context)
    const params = context['params'] as Record<string, string>
    const query = new URLSearchParams(context.querystring)
    const body = takesBody ? await readJsonBody(context.req) : {}
    const answer = await handler({ params, query, body, session, context })
    if (answer !== undefined) context.body = answer
  }

  /** @throws MonitorError NOT_FOUND, METHOD_NOT_ALLOWED */
  async #unanswered(context: Context, _next: Next): Promise<void> {
    const matched: { methods: string[] }[] = context['matched'] ?? []
    const methods = [...new Set(matched.flatMap((route) => route.methods))]
    if (methods.length === 0) throw new MonitorError('NOT_FOUND', 'there is no such route')
    context.set('Allow', methods.join(', '))
    throw new MonitorError('METHOD_NOT_ALLOWED', `expected ${methods.join(' or ')}, came ${context.method}`)
  }
}
