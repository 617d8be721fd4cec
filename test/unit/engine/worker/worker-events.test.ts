import { type as systemType } from 'node:os'
import { expect } from 'chai'
import { encodeMessage, type OutgoingTask } from '../../../../src/engine/encode-message.ts'
import { LamportClock } from '../../../../src/engine/lamport-clock.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import type { TaskDefinition, TaskOptions } from '../../../../src/engine/task.ts'
import { WorkerEvents } from '../../../../src/engine/worker/worker-events.ts'
import { aMessage } from '../a-message.ts'
import { engineLog } from '../engine-log.ts'
import { goldenEvent } from '../golden-events.ts'
import { goldenMessages } from '../golden-messages.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { RecordedChannel } from '../recorded-channel.ts'

const task = (options: TaskOptions<never[]> = {}): TaskDefinition => ({
  kind: 'lovage.task',
  name: 'proj.add',
  options,
  handler: () => 1,
})
const secret = task({ mask: (mobile: string) => [`${mobile.slice(0, 3)}***`] })

describe('what a worker tells of its own accord', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  async function eventsOf({ tasks = true } = {}) {
    const channel = new RecordedChannel()
    const logger = engineLog()
    const events = new WorkerEvents({ channel, clock: new LamportClock(), tasks, version: '1.2.3', logger })
    events.start('w1@vm', () => ({ active: 3, processed: 8 }))
    await quiescence()
    const types = (): unknown[] => channel.events.map(({ type }) => type)
    /** The last event, once what was gathered has gone. */
    const last = async (): Promise<Record<string, unknown>> => {
      timers.pass(5)
      await quiescence()
      return channel.events.at(-1) ?? {}
    }
    return { events, channel, logger, types, last }
  }

  /** Of an event of ours: what is as in a real one, once what differs from one to the next is. */
  function expectLike(ours: Record<string, unknown>, theirs: Readonly<Record<string, unknown>>, changes = {}): void {
    const { pid, clock, timestamp, utcoffset } = ours
    for (const value of [pid, clock, timestamp, utcoffset]) expect(value).to.be.a('number')
    expect(Object.keys(ours)).to.deep.equal(Object.keys(theirs))
    expect(ours).to.deep.equal({ ...theirs, pid, clock, timestamp, utcoffset, ...changes })
  }

  for (const type of ['worker-online', 'worker-heartbeat', 'worker-offline']) {
    it(`is what a real Celery tells: ${type}`, async () => {
      const { events, channel } = await eventsOf()
      events.beat()
      await events.stop()
      const { event, message } = goldenEvent(type)
      const ours = channel.published.find(({ routingKey }) => routingKey === type.replace('-', '.'))
      expect(message.channel).to.equal(`/0.celeryev/${ours?.routingKey}`)
      expect(ours?.envelope.headers).to.deep.equal(message.envelope.headers)
      const body = ours?.body as Record<string, unknown>
      const { loadavg } = body
      expect(loadavg).to.be.an('array').with.length(3)
      for (const load of loadavg as unknown[]) expect(load).to.be.a('number')
      const software = { sw_ident: 'lovage', sw_ver: '1.2.3', sw_sys: systemType() }
      expectLike(body, event, { active: 3, processed: 8, loadavg, ...software })
    })
  }

  it('is a heartbeat every two seconds, until it stops', async () => {
    const { events, types } = await eventsOf()
    for (let second = 0; second < 5; second += 1) timers.pass(1_000)
    await quiescence()
    expect(types()).to.deep.equal(['worker-online', 'worker-heartbeat', 'worker-heartbeat'])
    await events.stop()
    timers.pass(10_000)
    await quiescence()
    expect(types().slice(3)).to.deep.equal(['worker-offline'])
    expect(timers.waits).to.deep.equal([])
  })

  const error = { type: 'TypeError', message: "'int' object is not iterable", stack: 'at there' }
  const uuid = '11111111-1111-1111-1111-111111111111'
  const failure = { exception: `TypeError("'int' object is not iterable")`, traceback: 'at there' }
  const tellings: [type: string, tell: (events: WorkerEvents) => void, changes?: object][] = [
    ['task-started', (events) => events.started(aMessage({ id: uuid })), { uuid }],
    ['task-succeeded', (events) => events.succeeded(aMessage({ id: uuid }), task(), 5, 18.5), { runtime: 0.0185 }],
    ['task-failed', (events) => events.failed(aMessage({ id: uuid }), error), { uuid, ...failure }],
    ['task-retried', (events) => events.retried(aMessage({ id: uuid }), error), { uuid, ...failure }],
    ['task-revoked', (events) => events.revoked(aMessage({ id: uuid }), 'expired'), { uuid }],
  ]
  for (const [type, tell, changes] of tellings) {
    it(`is what a real Celery tells: ${type}`, async () => {
      const { events, channel, last } = await eventsOf()
      tell(events)
      expectLike(await last(), goldenEvent(type).event, changes)
      expect(channel.published.at(-1)).to.include({ routingKey: 'task.multi' })
    })
  }

  it('is what a real Celery tells: task-received', async () => {
    const { events, last } = await eventsOf()
    const { event } = goldenEvent('task-received')
    const claim = claimOf({ id: String(event['uuid']) })
    events.received(claim, decodeMessage(claim.raw), task())
    expectLike(await last(), event)
  })

  function claimOf(change: Partial<OutgoingTask>) {
    const call = { name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 0 }
    return { id: 1, queue: 'celery', raw: Buffer.from(encodeMessage({ ...call, ...change })) }
  }

  it('tells a rejected task, and how a task was revoked', async () => {
    const { events, last } = await eventsOf()
    events.rejected(aMessage(), true)
    expect(await last()).to.include({ type: 'task-rejected', uuid: 'an-id', requeue: true })
    events.revoked(aMessage(), 'revoked')
    expect(await last()).to.include({ type: 'task-revoked', terminated: false, signum: null, expired: false })
    events.revoked(aMessage(), 'terminated')
    expect(await last()).to.include({ terminated: true, signum: null, expired: false })
  })

  it('tells when a task is due and expires', async () => {
    const { events, last } = await eventsOf()
    const claim = claimOf({ eta: 1_800_000_000_000, expiresAt: 1_800_000_060_000 })
    events.received(claim, decodeMessage(claim.raw), task())
    const times = { eta: '2027-01-15T08:00:00.000000+00:00', expires: '2027-01-15T08:01:00.000000+00:00' }
    expect(await last()).to.include(times)
  })

  it('shows of the arguments what the sender has shown, but what the mask says where there is one, whoever sent it', async () => {
    const { events, last } = await eventsOf()
    // A client that sends a task by its name alone may have no mask to heed.
    for (const shownArgs of [['138***'], ['13800000000']]) {
      const ours = claimOf({ args: ['13800000000'], shownArgs })
      events.received(ours, decodeMessage(ours.raw), secret)
      expect(await last()).to.include({ args: "('138***',)", kwargs: '{}' })
    }
    const [{ raw } = { raw: Buffer.alloc(0) }] = goldenMessages
    const celerys = { id: 2, queue: 'celery', raw }
    events.received(celerys, decodeMessage(raw), task())
    expect(await last()).to.include({ args: '(3, 4)', kwargs: '{}' })
    // Numbers, which this mask can't cope with.
    events.received(celerys, decodeMessage(raw), secret)
    expect(await last()).to.include({ args: '(...)', kwargs: '{}' })
    const long = claimOf({ args: ['138'.repeat(10_000)] })
    events.received(long, decodeMessage(long.raw), secret)
    expect(await last()).to.include({ args: '(...)', kwargs: '{...}' })
  })

  it('shows no result of a task that masks its arguments, or of which no result is wanted', async () => {
    const { events, last } = await eventsOf()
    for (const [message, definition] of [
      [aMessage(), secret],
      [aMessage(), task({ ignoreResult: true })],
      [aMessage({ ignoreResult: true }), task()],
    ] as const) {
      events.succeeded(message, definition, 'secret', 1)
      expect(await last()).to.include({ type: 'task-succeeded', result: '...' })
    }
    events.succeeded(aMessage(), task(), 'seen', 1)
    expect(await last()).to.include({ result: "'seen'" })
  })

  it('cuts what is long', async () => {
    const { events, last } = await eventsOf()
    events.succeeded(aMessage(), task(), ['x'.repeat(1_000_000)], 1)
    expect((await last())['result']).to.have.length(256)
    events.failed(aMessage(), { type: 'E', message: 'x'.repeat(5_000), stack: 'x'.repeat(50_000) })
    const { exception, traceback } = await last()
    expect([exception, traceback]).to.satisfy(
      ([one, other]: string[]) => one?.length === 1_024 && other?.length === 8_192,
    )
    events.failed(aMessage(), { ...error, stack: null })
    expect(await last()).to.include({ traceback: null })
  })

  it('is nothing of tasks before it is switched on', async () => {
    const { events, logger } = await eventsOf({ tasks: false })
    expect(events.on).to.equal(false)
    expect([events.disable(), events.enable(), events.enable(), events.on]).to.deep.equal([false, true, false, true])
    expect([events.disable(), events.on]).to.deep.equal([true, false])
    expect(logger.lines.map(([level, text]) => `${level} ${text}`)).to.deep.equal([
      'info task events switched on by remote control',
      'info task events switched off by remote control',
    ])
  })

  it('ends with what was gathered, and is nothing after that', async () => {
    const { events, types } = await eventsOf()
    events.started(aMessage())
    await events.stop()
    expect(types()).to.deep.equal(['worker-online', 'task-started', 'worker-offline'])
    events.started(aMessage())
    events.beat()
    await events.stop()
    timers.pass(10)
    await quiescence()
    expect(types()).to.have.length(3)
  })

  it('does not fail where the broker is away', async () => {
    const { events, channel } = await eventsOf()
    channel.answer = () => Promise.reject(new Error('away'))
    events.started(aMessage())
    events.beat()
    await events.stop()
    expect(channel.published).to.have.length(1)
  })

  it('says nothing before it has started', async () => {
    const channel = new RecordedChannel()
    const events = new WorkerEvents({
      channel,
      clock: new LamportClock(),
      tasks: true,
      version: '1',
      logger: engineLog(),
    })
    events.beat()
    events.started(aMessage())
    await events.stop()
    expect(channel.published).to.deep.equal([])
  })
})
