import type { Context, Next } from 'koa'
import { Histogram, type Registry } from 'prom-client'
import { knownMethod, routePattern } from '../request-names.ts'

/** Bounds of the buckets, in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25]

/** Middleware that measures requests, and adds the metric that shows them. */
export function measureRequests(registry: Registry): (context: Context, next: Next) => Promise<void> {
  const durations = new Histogram({
    name: 'lovage_http_request_duration_seconds',
    help: 'Requests by the pattern of their route (never their path), method and class of status',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  })
  return async (context, next) => {
    const since = performance.now()
    try {
      await next()
    } finally {
      const { method, status } = context
      durations.observe(
        {
          method: knownMethod(method) ?? 'other',
          route: routeOf(context),
          status: `${Math.floor(status / 100)}xx`,
        },
        (performance.now() - since) / 1000,
      )
    }
  }
}

/** The pattern of the route; what has none is a page where there was one, else nothing: a path may be anything, a mobile too. */
function routeOf(context: Context): string {
  return routePattern(context) ?? (context.status < 400 ? 'pages' : 'none')
}
