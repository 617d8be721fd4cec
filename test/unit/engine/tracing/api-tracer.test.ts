import * as api from '@opentelemetry/api'
import { expect } from 'chai'
import type { Outcome } from '../../../../src/engine/outcome.ts'
import type { TracedRun } from '../../../../src/engine/tracer.ts'
import { ApiTracer } from '../../../../src/engine/tracing/api-tracer.ts'
import { Telemetry } from '../../../support/telemetry.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'
const headers = { traceparent: `00-${traceId}-${parentId}-01` }
const task = { id: 'an-id', name: 'proj.add', queue: 'mail' }
const run: TracedRun = { id: 'an-id', name: 'proj.add', retries: 2, masked: false, trace: { queue: 'mail', headers } }
const error = {
  type: 'RangeError',
  message: 'no such mobile: 13800000000',
  stack: 'RangeError: no such mobile\n  at x',
}
const success: Outcome = { kind: 'success', result: 1, runtimeMs: 1 }
const failure: Outcome = { kind: 'failure', error, deadLetter: true, runtimeMs: 1 }

describe('a tracer', () => {
  let telemetry: Telemetry
  let tracer: ApiTracer
  beforeEach(() => {
    telemetry = new Telemetry()
    tracer = new ApiTracer('file:///api.js', api)
  })
  afterEach(() => telemetry.close())

  const attributes = (operation: string): object => ({
    'messaging.system': 'celery',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': 'mail',
    'messaging.message.id': 'an-id',
    'celery.task_name': 'proj.add',
  })

  it('tells of a message under the span that is active, which the message names', () => {
    const outer = api.trace.getTracer('test').startSpan('outer')
    const span = api.context.with(api.trace.setSpan(api.context.active(), outer), () => tracer.sends(task))
    span.ended()
    const sent = telemetry.only
    const { name, kind, parentSpanContext, attributes: told, status } = sent
    expect([name, kind, status.code]).to.deep.equal(['send proj.add', api.SpanKind.PRODUCER, 0])
    expect(told).to.deep.equal(attributes('send'))
    expect(parentSpanContext?.spanId).to.equal(outer.spanContext().spanId)
    const { traceId: id, spanId } = sent.spanContext()
    expect(span.headers).to.deep.equal({ traceparent: `00-${id}-${spanId}-01` })
  })

  it('has a message carry the user’s baggage', () => {
    const carried = api.propagation.createBaggage({ tenant: { value: 'a' } })
    const active = api.propagation.setBaggage(api.context.active(), carried)
    expect(api.context.with(active, () => tracer.sends(task)).headers).to.include({ baggage: 'tenant=a' })
  })

  it('tells of a message that the broker did not take', () => {
    tracer.sends(task).ended(new RangeError('queue mail is full'))
    const { status, events } = telemetry.only
    expect(status).to.deep.equal({ code: api.SpanStatusCode.ERROR })
    expect(events.map((event) => event.attributes)).to.deep.equal([{ 'exception.type': 'RangeError' }])
  })

  it('runs a task in a span under that of its message', async () => {
    const inner = await tracer.runs(run, async () => {
      api.trace.getTracer('test').startSpan('inner').end()
      return success
    })
    expect(inner).to.equal(success)
    const [user, own] = telemetry.spans
    expect([own?.name, own?.kind]).to.deep.equal(['process proj.add', api.SpanKind.CONSUMER])
    expect(own?.attributes).to.deep.equal({
      ...attributes('process'),
      'celery.retries': 2,
      'lovage.outcome': 'success',
    })
    expect([own?.spanContext().traceId, own?.parentSpanContext?.spanId]).to.deep.equal([traceId, parentId])
    expect([user?.name, user?.parentSpanContext?.spanId]).to.deep.equal(['inner', own?.spanContext().spanId])
  })

  it('tells whoever is sent because of a run of its span, and nobody else', async () => {
    const follows = { callbacks: [], errbacks: [], chain: [], chord: null }
    const outcome = await tracer.runs(run, async () => ({ ...success, follows }))
    const { traceId: id, spanId } = telemetry.only.spanContext()
    expect(outcome.trace).to.deep.equal({ traceparent: `00-${id}-${spanId}-01` })
  })

  it('tells why a run failed', async () => {
    await tracer.runs(run, async () => failure)
    const { status, events, attributes: told } = telemetry.only
    expect(status).to.deep.equal({ code: api.SpanStatusCode.ERROR, message: error.message })
    expect(told).to.include({ 'error.type': 'RangeError', 'lovage.outcome': 'failure' })
    expect(events.map((event) => event.attributes)).to.deep.equal([
      { 'exception.type': 'RangeError', 'exception.message': error.message, 'exception.stacktrace': error.stack },
    ])
  })

  it('tells no more than the class where the task masks its arguments', async () => {
    await tracer.runs({ ...run, masked: true }, async () => failure)
    const { status, events } = telemetry.only
    expect(status).to.deep.equal({ code: api.SpanStatusCode.ERROR })
    expect(events.map((event) => event.attributes)).to.deep.equal([{ 'exception.type': 'RangeError' }])
  })

  it('tells of a body that can’t be read', async () => {
    await tracer.runs(run, async () => ({ kind: 'unreadable', reason: 'expected JSON', runtimeMs: 0 }))
    expect(telemetry.only.attributes).to.include({ 'error.type': 'DecodeError', 'lovage.outcome': 'unreadable' })
  })

  it('tells of a run whose thread ended under it, with the time that it took', () => {
    const lost = { type: 'TimeLimitExceeded', message: 'TimeLimitExceeded(1)', stack: null }
    tracer.lost(run, { kind: 'lost', error: lost, cause: 'timeLimit', alone: true, runtimeMs: 1_000 }, 1_000)
    const { duration, attributes: told, parentSpanContext } = telemetry.only
    expect(duration[0] * 1_000 + duration[1] / 1e6).to.be.within(999, 2_000)
    expect(told).to.include({ 'lovage.outcome': 'lost', 'error.type': 'TimeLimitExceeded' })
    expect(parentSpanContext?.spanId).to.equal(parentId)
  })

  for (const traceparent of ['garbage', `00-${'0'.repeat(32)}-${parentId}-01`, `ff-${traceId}-${parentId}-01`]) {
    it(`begins a trace where its message says ${traceparent}`, async () => {
      expect(
        await tracer.runs({ ...run, trace: { queue: 'mail', headers: { traceparent } } }, async () => success),
      ).to.equal(success)
      expect(telemetry.only.parentSpanContext).to.equal(undefined)
    })
  }

  it('begins a trace where its message says nothing', async () => {
    await tracer.runs({ ...run, trace: { queue: 'mail', headers: null } }, async () => success)
    expect(telemetry.only.parentSpanContext).to.equal(undefined)
  })

  it('knows the trace that is active', () => {
    expect(tracer.activeTraceId()).to.equal(undefined)
    const span = api.trace.getTracer('test').startSpan('outer')
    const active = api.trace.setSpan(api.context.active(), span)
    expect(api.context.with(active, () => tracer.activeTraceId())).to.equal(span.spanContext().traceId)
  })

  it('has what is begun for all know no trace, and whoever begins it keep its own', async () => {
    const active = api.trace.setSpan(api.context.active(), api.trace.getTracer('test').startSpan('outer'))
    const seen = async (): Promise<unknown> => {
      await Promise.resolve()
      return tracer.activeTraceId()
    }
    const [apart, own] = await api.context.with(active, () => Promise.all([tracer.apart(seen), seen()]))
    expect([apart, own]).to.deep.equal([undefined, api.trace.getSpanContext(active)?.traceId])
  })

  it('sends and runs all the same where what the user has put into the SDK fails', async () => {
    const fails = (): never => {
      throw new Error('a sampler that fails')
    }
    const broken = { ...api, trace: { getTracer: () => ({ startSpan: fails }) } }
    const other = new ApiTracer('file:///api.js', broken as unknown as typeof api)
    const span = other.sends(task)
    span.ended()
    expect(span.headers).to.equal(undefined)
    expect(await other.runs(run, async () => success)).to.equal(success)
    other.lost(run, failure, 1)
    expect(telemetry.spans).to.deep.equal([])
  })

  it('ends the span of a message that a propagator had nothing written into', () => {
    api.propagation.disable()
    const inject = (): never => {
      throw new Error('a propagator that fails')
    }
    api.propagation.setGlobalPropagator({ inject, extract: (context) => context, fields: () => [] })
    const span = tracer.sends(task)
    span.ended()
    expect([span.headers, telemetry.only.name]).to.deep.equal([undefined, 'send proj.add'])
  })

  it('ends the span of a run that comes to no outcome', async () => {
    const failing = tracer.runs({ ...run, masked: true }, () => Promise.reject(new RangeError('13800000000')))
    expect(await failing.catch((thrown: unknown) => thrown)).to.be.instanceOf(RangeError)
    const { status, attributes: told } = telemetry.only
    expect([status, told['error.type']]).to.deep.equal([{ code: api.SpanStatusCode.ERROR }, 'RangeError'])
  })

  it('has the SDK send on what it holds, also one that can’t', async () => {
    await tracer.flush()
    api.trace.disable()
    await tracer.flush()
    const fails = (): never => {
      throw new Error('the collector is away')
    }
    for (const flush of [async () => fails(), fails, () => undefined]) {
      let asked = 0
      const forceFlush = (): unknown => {
        asked += 1
        return flush()
      }
      api.trace.disable()
      api.trace.setGlobalTracerProvider({
        getTracer: () => api.trace.getTracer('test'),
        forceFlush,
      } as api.TracerProvider)
      // One after another: one provider is registered at a time.
      // oxlint-disable-next-line no-await-in-loop
      await tracer.flush()
      expect(asked).to.equal(1)
    }
  })
})
