import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { expect } from 'chai'
import type { Context } from 'koa'
import { traceRequests } from '../../../../src/monitor/tracing/request-spans.ts'
import { Telemetry } from '../../../support/telemetry.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'
const api = import.meta.resolve('@opentelemetry/api')

describe('the span of a request', () => {
  let telemetry: Telemetry
  beforeEach(() => void (telemetry = new Telemetry()))
  afterEach(() => telemetry.close())

  interface Asked {
    method?: string
    status?: number
    route?: string
    headers?: Record<string, string>
  }

  async function handle(asked: Asked, next: () => Promise<void> = async () => {}): Promise<void> {
    const { method = 'GET', status = 200, route, headers = {} } = asked
    const request = {
      method,
      status,
      headers,
      protocol: 'http',
      host: 'shop.example:3000',
      hostname: 'shop.example',
      req: { httpVersion: '1.1' },
      url: '/mobiles/13800000000/count?code=123456',
      path: '/mobiles/13800000000/count',
      ...(route !== undefined && { _matchedRoute: route }),
    }
    await (
      await traceRequests(api)
    )(request as unknown as Context, next)
    expect(JSON.stringify(telemetry.spans.map((span) => [span.name, span.attributes, span.events]))).not.to.match(
      /13800000000|123456/,
    )
  }

  it('has the name of its route, and what the conventions ask for', async () => {
    await handle({ route: '/mobiles/:mobile/count' })
    const { name, kind, attributes, status, parentSpanContext } = telemetry.only
    expect([name, kind, status.code, parentSpanContext]).to.deep.equal([
      'GET /mobiles/:mobile/count',
      SpanKind.SERVER,
      SpanStatusCode.UNSET,
      undefined,
    ])
    expect(attributes).to.deep.equal({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.route': '/mobiles/:mobile/count',
      'network.protocol.version': '1.1',
      'server.address': 'shop.example',
      'server.port': 3000,
      'url.scheme': 'http',
    })
  })

  it('is under that of whoever sent it', async () => {
    await handle({ headers: { traceparent: `00-${traceId}-${parentId}-01` } })
    const { parentSpanContext } = telemetry.only
    expect([parentSpanContext?.traceId, parentSpanContext?.spanId]).to.deep.equal([traceId, parentId])
  })

  it('begins a trace where what was sent is no parent', async () => {
    await handle({ headers: { traceparent: 'garbage' } })
    expect(telemetry.only.parentSpanContext).to.equal(undefined)
  })

  it('is active while the request is answered', async () => {
    let seen: string | undefined
    await handle({}, async () => {
      await Promise.resolve()
      seen = trace.getActiveSpan()?.spanContext().spanId
    })
    expect(seen).to.equal(telemetry.only.spanContext().spanId)
  })

  it('has no name but its method where there is no route, and no method where it is another', async () => {
    await handle({ status: 404 })
    await handle({ method: 'BREW', status: 405 })
    expect(telemetry.spans.map(({ name }) => name)).to.deep.equal(['GET', 'HTTP'])
    expect(telemetry.spans[1]?.attributes).to.include({ 'http.request.method': '_OTHER' })
  })

  it('tells of a fault of ours, and of none of the client’s', async () => {
    await handle({ status: 503, route: '/login' })
    await handle({ status: 401, route: '/login' })
    expect(telemetry.spans.map(({ status }) => status.code)).to.deep.equal([SpanStatusCode.ERROR, SpanStatusCode.UNSET])
    expect(telemetry.spans[0]?.attributes).to.include({ 'error.type': '503', 'http.response.status_code': 503 })
  })

  it('ends with a request that fails, by the class of the error alone', async () => {
    const failing = handle({ status: 500 }, () => Promise.reject(new RangeError('13800000000')))
    expect(await failing.catch((error: unknown) => error)).to.be.instanceOf(RangeError)
    expect(telemetry.only.attributes).to.include({ 'error.type': 'RangeError' })
    expect(JSON.stringify(telemetry.only.status)).not.to.contain('13800000000')
  })

  it('is none where an instrumentation has made one', async () => {
    const span = trace.getTracer('instrumentation').startSpan('GET')
    let seen: unknown
    await context.with(trace.setSpan(context.active(), span), () =>
      handle({}, async () => void (seen = trace.getActiveSpan())),
    )
    expect(seen).to.equal(span)
    expect(telemetry.spans).to.deep.equal([])
  })

  describe('with what its user has put into the SDK', () => {
    const fails = (): never => {
      throw new Error('the user’s own')
    }
    let answered: number
    const next = async (): Promise<void> => void (answered += 1)
    beforeEach(() => {
      answered = 0
      telemetry.close()
    })

    it('is none where a sampler fails, and the request is answered', async () => {
      telemetry = new Telemetry({ sampler: { shouldSample: fails } })
      await handle({}, next)
      expect([answered, telemetry.spans]).to.deep.equal([1, []])
    })

    it('is none where a propagator fails, and the request is answered', async () => {
      telemetry = new Telemetry()
      propagation.disable()
      propagation.setGlobalPropagator({ inject: fails, extract: fails, fields: () => [] })
      await handle({}, next)
      expect([answered, telemetry.spans]).to.deep.equal([1, []])
    })

    it('fails no request whose span can’t be ended, and hides no error of a request', async () => {
      const none = async (): Promise<void> => {}
      const processor = { onStart: () => {}, onEnd: fails, forceFlush: none, shutdown: none }
      telemetry = new Telemetry({ spanProcessors: [processor] })
      await handle({}, next)
      expect(answered).to.equal(1)
      const failing = handle({ status: 500 }, () => Promise.reject(new RangeError('its own')))
      expect(await failing.catch((error: unknown) => error)).to.be.instanceOf(RangeError)
    })
  })
})
