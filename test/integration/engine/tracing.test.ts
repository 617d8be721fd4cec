import { context, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { expect } from 'chai'
import { chain, chord, group, openTracer, signature } from '../../../src/engine/index.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { projectRoot } from '../../support/service.ts'
import { Telemetry } from '../../support/telemetry.ts'

const tasks = ['test/fixtures/tasks/probe.ts', 'test/fixtures/tasks/canvas.ts']

describe('an engine that is traced', function () {
  this.timeout(30_000)
  let server: RedisServer
  let engine: TestEngine
  let telemetry: Telemetry

  before(async () => void (server = await startRedis()))
  after(() => server?.stop())
  beforeEach(() => void (telemetry = new Telemetry()))
  afterEach(async () => {
    await engine.close()
    telemetry.close()
  })

  async function started(options: Partial<TestEngineOptions> = {}): Promise<void> {
    const tracer = await openTracer([projectRoot])
    expect(tracer).not.to.equal(null)
    engine = await createEngine({ socketPath: server.socketPath, tasks, pool: 'solo', tracer, ...options })
    await engine.worker.start()
  }

  const named = (name: string): ReadableSpan[] => telemetry.spans.filter((span) => span.name === name)
  const idOf = (span: Pick<ReadableSpan, 'spanContext'> | undefined): unknown => span?.spanContext().spanId
  const parentOf = (span: ReadableSpan | undefined): unknown => span?.parentSpanContext?.spanId
  const ofTask = (spans: ReadableSpan[], id: string | undefined): ReadableSpan | undefined =>
    spans.find(({ attributes }) => attributes['messaging.message.id'] === id)

  it('runs a task under the span that was active where it was sent', async () => {
    await started()
    const outer = trace.getTracer('test').startSpan('outer')
    const sending = context.with(trace.setSpan(context.active(), outer), () => engine.client.send('test.add', [1, 2]))
    expect(await (await sending).get({ timeout: 10 })).to.equal(3)
    const [sent] = named('send test.add')
    const [run] = named('process test.add')
    expect([parentOf(sent), parentOf(run)]).to.deep.equal([idOf(outer), idOf(sent)])
  })

  it('runs each step of a chain under the one before it', async () => {
    await started()
    const add = (...args: number[]) => signature('test.add', args)
    const result = await engine.client.applyAsync(chain(add(1, 2), add(3), add(4)))
    expect(await result.get({ timeout: 10 })).to.equal(10)
    const [first, second, third] = named('process test.add')
    expect(named('send test.add').map(idOf)).to.deep.equal([parentOf(first)])
    expect([parentOf(second), parentOf(third)]).to.deep.equal([idOf(first), idOf(second)])
  })

  it('runs the body of a chord under the member that ended last, and each member under its message', async () => {
    await started()
    const add = (...args: number[]) => signature('test.add', args)
    const result = await engine.client.applyAsync(chord(group(add(1, 2), add(3, 4)), signature('canvas.sum')))
    expect(await result.get({ timeout: 10 })).to.equal(10)
    const members = named('process test.add')
    expect(members.map(parentOf)).to.have.members(named('send test.add').map(idOf))
    expect(parentOf(named('process canvas.sum')[0])).to.equal(idOf(members[1]))
    expect(named('send canvas.sum')).to.deep.equal([])
  })

  it('begins a trace for each tick of a periodic task', async () => {
    const schedule = { often: { task: 'test.add', args: [1, 2], schedule: 0.2 } }
    await started({ beat: { schedule, timezone: 'UTC', missed: 'once', lateMs: 60_000, maxMissed: 10 } })
    engine.beat?.start()
    await eventually(() => expect(named('process test.add').length).to.be.at.least(2))
    await engine.beat?.stop()
    for (const run of named('process test.add').slice(0, 2)) {
      const sent = ofTask(named('send test.add'), String(run.attributes['messaging.message.id']))
      expect([parentOf(run), parentOf(sent)]).to.deep.equal([idOf(sent), undefined])
    }
    const ids = named('process test.add').map((span) => span.spanContext().traceId)
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('says of a message that the broker did not take that it failed', async () => {
    await started({ limits: { maxQueueLength: 0 } })
    const error = await engine.client.send('test.add', [1, 2]).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'QUEUE_FULL')
    expect(named('send test.add').map(({ attributes }) => attributes['error.type'])).to.deep.equal(['QUEUE_FULL'])
  })

  it('runs tasks in threads that have no SDK, too', async () => {
    await started({ pool: 'threads', concurrency: 1 })
    const result = await engine.client.send('test.add', [1, 2])
    expect(await result.get({ timeout: 10 })).to.equal(3)
    expect(named('process test.add')).to.deep.equal([])
  })

  it('is none where it was given no tracer, and its messages say nothing', async () => {
    await started({ tracer: null })
    await engine.client.send('test.add', [1, 2], { queue: 'elsewhere' })
    const [raw = ''] = await engine.redis.lrange(engine.keys.list('elsewhere'), 0, -1)
    expect(raw)
      .to.contain('test.add')
      .and.not.match(/traceparent|tracestate|baggage/)
    expect(telemetry.spans).to.deep.equal([])
  })
})
