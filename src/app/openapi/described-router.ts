import { Router, type RouterMiddleware } from '@koa/router'
import type Koa from 'koa'
import { takesBody, type RouteDescription } from './route-description.ts'

/** What a route goes through in front of its handler, where its description asks for it. */
export interface RouteSteps {
  refuseForeignSites: Koa.Middleware
  readJson: Koa.Middleware
  openSession: Koa.Middleware
}

/** The service's routes. A route can be added by its description alone, so that the OpenAPI document knows each. */
export class DescribedRouter {
  readonly #router = new Router({ sensitive: true })
  readonly #routes: RouteDescription[] = []
  readonly #steps: RouteSteps

  constructor(steps: RouteSteps) {
    this.#steps = steps
  }

  /** The descriptions of all routes that were added, in their order. */
  get routes(): readonly RouteDescription[] {
    return this.#routes
  }

  /** The middleware that answers requests for the routes. */
  get middleware(): ReturnType<Router['routes']> {
    return this.#router.routes()
  }

  /** The pattern of the route that answers such a request; undefined: none does. */
  patternOf(method: string, path: string): string | undefined {
    const pattern = this.#router.match(path, method).pathAndMethod.at(-1)?.path
    return typeof pattern === 'string' ? pattern : undefined
  }

  /**
   * Adds a route. A GET answers HEAD, too.
   *
   * @param middleware the last one is the handler: it runs once the body is read and the session is open, as the description
   *   says. What comes before it, such as a budget, runs before that, too, so that whoever is refused has cost least; other sites are refused
   *   before everything
   * @throws TypeError when there is a route with that method and path, or operationId
   */
  add(route: RouteDescription, ...middleware: [RouterMiddleware, ...RouterMiddleware[]]): void {
    const { method, path, operationId } = route
    const same = this.#routes.find((other) => other.operationId === operationId || sameRequest(other, route))
    if (same !== undefined) throw new TypeError(`${method} ${path} ("${operationId}") is described twice`)
    const { refuseForeignSites, readJson, openSession } = this.#steps
    const steps = [
      ...(route.ownSiteOnly === true ? [refuseForeignSites] : []),
      ...middleware.slice(0, -1),
      ...(takesBody(route) ? [readJson] : []),
      ...(opensSession(route) ? [openSession] : []),
      ...middleware.slice(-1),
    ]
    this.#routes.push(route)
    this.#router.register(path, [method], steps)
  }
}

/** Whether the session is open before the handler runs. */
function opensSession({ session }: RouteDescription): boolean {
  return session === 'used' || session === 'required'
}

function sameRequest(one: RouteDescription, other: RouteDescription): boolean {
  return one.method === other.method && one.path === other.path
}
