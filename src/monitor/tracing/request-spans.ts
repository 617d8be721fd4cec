import type * as OpenTelemetry from '@opentelemetry/api'
import type { Context as ActiveContext, Attributes, Span, TextMapGetter } from '@opentelemetry/api'
import type { Context, Next } from 'koa'
import { attempted } from '../../engine/index.ts'
import { knownMethod, routePattern } from '../request-names.ts'

/** Headers as Node gives them: one that came more than once is a list. */
const getter: TextMapGetter<Context['headers']> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, key) => headers[key.toLowerCase()],
}

/**
 * Middleware that gives each request a span, under that of whoever sent it. Where an instrumentation of the user's has made one already,
 * that one is left as it is. Names and attributes follow OpenTelemetry's conventions for HTTP; the path, the query and the client, which
 * those know too, are left out: they may be somebody's secret.
 *
 * @param api OpenTelemetry's API, as a file URL
 */
export async function traceRequests(api: string): Promise<(request: Context, next: Next) => Promise<void>> {
  const telemetry = (await import(api)) as typeof OpenTelemetry
  const { context, propagation, trace, SpanKind } = telemetry
  const tracer = trace.getTracer('lovage')
  const begin = (request: Context): { span: Span; active: ActiveContext } => {
    const method = knownMethod(request.method)
    const sender = propagation.extract(context.active(), request.headers, getter)
    // What is known before, for samplers.
    const options = { kind: SpanKind.SERVER, attributes: attributesOf(request, method) }
    const span = tracer.startSpan(method ?? 'HTTP', options, sender)
    return { span, active: trace.setSpan(sender, span) }
  }
  return async (request, next) => {
    if (trace.getActiveSpan() !== undefined) return next()
    const begun = attempted(() => begin(request))
    if (begun === undefined) return next()
    const { span, active } = begun
    try {
      await context.with(active, next)
      if (request.status >= 500) attempted(() => fail(span, String(request.status), telemetry))
    } catch (error) {
      attempted(() => fail(span, error instanceof Error ? error.name : 'Error', telemetry))
      throw error
    } finally {
      attempted(() => tellAnswer(span, request))
      attempted(() => span.end())
    }
  }
}

/** What is known of a request when it has been answered. */
function tellAnswer(span: Span, request: Context): void {
  const route = routePattern(request)
  if (route !== null) {
    span.updateName(`${knownMethod(request.method) ?? 'HTTP'} ${route}`)
    span.setAttribute('http.route', route)
  }
  span.setAttribute('http.response.status_code', request.status)
}

function attributesOf(request: Context, method: string | null): Attributes {
  const address = request.hostname
  const port = /:(\d{1,5})$/.exec(request.host)?.[1]
  return {
    'http.request.method': method ?? '_OTHER',
    'url.scheme': request.protocol,
    'network.protocol.version': request.req.httpVersion,
    ...(address !== '' && { 'server.address': address }),
    ...(port !== undefined && { 'server.port': Number(port) }),
  }
}

function fail(span: Span, type: string, { SpanStatusCode }: typeof OpenTelemetry): void {
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
