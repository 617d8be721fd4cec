import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { startService, type Service } from '../support/service.ts'
import { databases, newMobile, readCaptcha } from './journey.ts'
import { celeryMessage } from './queue.ts'
import { TracingStage, type WrittenSpan } from './tracing-stage.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'
const traceparent = `00-${traceId}-${parentId}-01`

/** OpenTelemetry's kinds of spans. */
const kinds = { server: 1, producer: 3, consumer: 4 } as const

/** Sends a task as a Python client does whose Celery is instrumented. */
async function sendTraced(broker: Redis, task: string, headers: object = { traceparent }): Promise<string> {
  const { id, raw } = celeryMessage(task)
  const message = JSON.parse(raw) as { headers: object }
  Object.assign(message.headers, headers)
  await broker.lpush('celery', JSON.stringify(message))
  return id
}

function resultOf(broker: Redis, id: string): Promise<unknown> {
  return eventually(async () => {
    const { status, result } = JSON.parse((await broker.get(`celery-task-meta-${id}`)) ?? '{}') as Record<
      string,
      unknown
    >
    if (status !== 'SUCCESS') throw new Error(`its state is ${String(status)}`)
    return result
  })
}

const ofTask =
  (id: string) =>
  ({ attributes }: WrittenSpan): boolean =>
    attributes['messaging.message.id'] === id

describe('lovage serve with an OpenTelemetry SDK of its user', function () {
  this.timeout(60_000)

  let stage: TracingStage
  let service: Service
  let broker: Redis

  before(async () => {
    stage = new TracingStage()
    service = await startService({ args: ['-A', 'traced', '-c', '2'], cwd: stage.folder, env: stage.env })
    broker = service.redis(databases.broker)
  })
  after(async () => {
    await service?.stop()
    stage.remove()
  })

  it('has one trace from whoever sent a request through the queue into the thread', async () => {
    const browser = createBrowser(service.url)
    const mobile = newMobile()
    const { id, text } = await readCaptcha(service.redis(databases.codes), browser)
    const form = { mobile, image_code: text, image_code_id: id }
    expect((await browser.post('/sms_codes', form, { headers: { traceparent } })).status).to.equal(200)
    const [run] = await stage.awaitSpans('process ccp_send_sms_code')
    const [sent] = await stage.awaitSpans('send ccp_send_sms_code')
    const [request] = await stage.awaitSpans('POST /sms_codes')
    expect([request?.traceId, sent?.traceId, run?.traceId]).to.deep.equal([traceId, traceId, traceId])
    expect([request?.parentId, sent?.parentId, run?.parentId]).to.deep.equal([parentId, request?.spanId, sent?.spanId])
    expect([request?.kind, sent?.kind, run?.kind]).to.deep.equal([kinds.server, kinds.producer, kinds.consumer])
    expect([request?.threadId, sent?.threadId]).to.deep.equal([0, 0])
    expect(run?.threadId).to.be.greaterThan(0)
    expect(run?.attributes['messaging.message.id']).to.equal(sent?.attributes['messaging.message.id'])
    expect(JSON.stringify(stage.spans)).not.to.contain(mobile)
    await service.waitForOutput(new RegExp(`"traceId":"${traceId}".*"route":"/sms_codes".*"msg":"request"`))
    await service.waitForOutput(new RegExp(`"traceId":"${traceId}".*"msg":"task succeeded"`))
  })

  it('gives probes no spans', async () => {
    expect((await fetch(`${service.url}/livez`)).status).to.equal(200)
    await createBrowser(service.url).get('/info')
    await stage.awaitSpans('GET /info')
    expect(stage.spans.filter(({ name }) => name.includes('livez') || name === 'GET')).to.deep.equal([])
  })

  it('joins the trace of a Celery client, with a span for each run', async () => {
    const id = await sendTraced(broker, 'traced.flaky')
    expect(await resultOf(broker, id)).to.equal('done')
    const [first, second, ...more] = await stage.awaitSpans('process traced.flaky', 2)
    expect(more).to.deep.equal([])
    for (const run of [first, second]) expect([run?.traceId, run?.parentId]).to.deep.equal([traceId, parentId])
    expect([first?.attributes['celery.retries'], second?.attributes['celery.retries']]).to.deep.equal([0, 1])
    expect([first?.status, second?.status]).to.deep.equal([{ code: 2, message: 'not yet' }, { code: 0 }])
    expect(first?.events.map(({ attributes }) => attributes['exception.type'])).to.deep.equal(['TransientError'])
  })

  it('has what a task sends in the task’s trace, under its run', async () => {
    const id = await sendTraced(broker, 'traced.replaced')
    expect(await resultOf(broker, id)).to.equal('leaf')
    const [replaced] = await stage.awaitSpans('process traced.replaced')
    const [leaf] = await stage.awaitSpans('process traced.leaf', 1, ofTask(id))
    expect([leaf?.traceId, leaf?.parentId]).to.deep.equal([traceId, replaced?.spanId])
  })

  it('has the spans of a task’s own code under its run', async () => {
    await sendTraced(broker, 'traced.inner')
    const [run] = await stage.awaitSpans('process traced.inner')
    const [inner] = await stage.awaitSpans('inner')
    expect([inner?.traceId, inner?.parentId]).to.deep.equal([traceId, run?.spanId])
  })

  it('tells of a run whose thread was ended', async () => {
    await sendTraced(broker, 'traced.stuck')
    const [run] = await stage.awaitSpans('process traced.stuck')
    expect([run?.traceId, run?.parentId, run?.threadId]).to.deep.equal([traceId, parentId, 0])
    expect(run?.attributes).to.include({ 'lovage.outcome': 'lost', 'error.type': 'TimeLimitExceeded' })
  })

  const wrong: [what: string, headers: object][] = [
    ['garbage', { traceparent: 'garbage', tracestate: '\u0000' }],
    ['far too long', { traceparent: `${traceparent}-${'0'.repeat(100_000)}` }],
    ['no text', { traceparent: { of: 7 }, baggage: [] }],
  ]
  for (const [what, headers] of wrong) {
    it(`runs a task whose headers say ${what}, in a trace of its own`, async () => {
      const id = await sendTraced(broker, 'traced.leaf', headers)
      expect(await resultOf(broker, id)).to.equal('leaf')
      const [run] = await stage.awaitSpans('process traced.leaf', 1, ofTask(id))
      expect(run?.parentId).to.equal(null)
    })
  }
})

describe('lovage worker with an OpenTelemetry SDK that gathers', function () {
  this.timeout(60_000)

  it('has its threads and the SDK send on what they hold before it ends', async () => {
    const stage = new TracingStage()
    const env = { ...stage.env, SPANS_TOGETHER: '1' }
    const service = await startService({ command: 'worker', args: ['-A', 'traced'], cwd: stage.folder, env })
    try {
      const broker = service.redis(databases.broker)
      expect(await resultOf(broker, await sendTraced(broker, 'traced.leaf'))).to.equal('leaf')
      expect(stage.spans).to.deep.equal([])
      service.signal('SIGTERM')
      expect((await service.exited).code).to.equal(0)
      expect(stage.spans.map(({ name, parentId: parent }) => [name, parent])).to.deep.equal([
        ['process traced.leaf', parentId],
      ])
    } finally {
      await service.stop()
      stage.remove()
    }
  })
})

describe('lovage worker without an OpenTelemetry SDK', function () {
  this.timeout(60_000)

  it('loads nothing of OpenTelemetry in its threads, whatever messages say', async () => {
    const stage = new TracingStage()
    const service = await startService({ command: 'worker', args: ['-A', 'traced'], cwd: stage.folder })
    try {
      const broker = service.redis(databases.broker)
      expect(await resultOf(broker, await sendTraced(broker, 'traced.loaded'))).to.deep.equal([])
      const id = await sendTraced(broker, 'traced.replaced')
      expect(await resultOf(broker, id)).to.equal('leaf')
    } finally {
      await service.stop()
      stage.remove()
    }
  })
})
