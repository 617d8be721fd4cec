import { expect } from 'chai'
import { Redis } from 'ioredis'
import { ControlCaller } from '../../../src/engine/broker/control-caller.ts'
import { readEventMessage, type ReadEvent } from '../../../src/engine/event-message.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('events over a real Redis', function () {
  this.timeout(30_000)
  let server: RedisServer
  let listeners: Redis[] = []
  let engines: TestEngine[] = []
  let number = 0

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(async () => {
    await Promise.all(engines.map((engine) => engine.close()))
    for (const listener of listeners) listener.disconnect()
    ;[engines, listeners] = [[], []]
  })

  /** An engine, and all that is published by it from its beginning. */
  async function listenedTo(options: Partial<TestEngineOptions> = {}) {
    number += 1
    const prefix = `events-${process.pid}-${number}:`
    const listener = new Redis({ path: server.socketPath })
    listeners.push(listener)
    const heard: { channel: string; event: ReadEvent }[] = []
    listener.on('pmessageBuffer', (_pattern: Buffer, channel: Buffer, raw: Buffer) => {
      for (const event of readEventMessage(raw)) heard.push({ channel: String(channel).slice(prefix.length), event })
    })
    await listener.psubscribe(`${prefix}/10.celeryev/*`)
    const engine = await createEngine({ socketPath: server.socketPath, prefix, node: 'w1', ...options })
    engines.push(engine)
    const types = (id?: string): string[] =>
      heard.filter(({ event }) => id === undefined || event['uuid'] === id).map(({ event }) => event.type)
    const until = (type: string, id?: string): Promise<ReadEvent> =>
      eventually(
        () => {
          const found = heard.find(({ event }) => event.type === type && (id === undefined || event['uuid'] === id))
          if (found === undefined) throw new Error(`it was not told; told was ${types().join(', ')}`)
          return found.event
        },
        { what: `${type} of ${id ?? 'the node'}` },
      )
    return { engine, heard, types, until }
  }

  async function end(engine: TestEngine): Promise<void> {
    engines = engines.filter((each) => each !== engine)
    await engine.close()
  }

  it('tell of a worker from its start to its end, and that it is there every two seconds', async () => {
    const { engine, heard, types, until } = await listenedTo()
    await engine.worker.start()
    await until('worker-online')
    await eventually(() => expect(types()).to.deep.equal(['worker-online', 'worker-heartbeat', 'worker-heartbeat']))
    const [online, first, second] = heard.map(({ event }) => Number(event['timestamp']))
    expect(Number(first) - Number(online)).to.be.within(1.9, 4)
    expect(Number(second) - Number(first)).to.be.within(1.9, 4)
    await end(engine)
    await until('worker-offline')
    const names = ['online', 'heartbeat', 'heartbeat', 'offline']
    expect(heard.map(({ channel }) => channel)).to.deep.equal(names.map((name) => `/10.celeryev/worker.${name}`))
  })

  it('tell of each task what becomes of it', async () => {
    const { engine, types, until } = await listenedTo({ events: { tasks: true, sent: true }, concurrency: 1 })
    const { client } = engine
    const { id: fails } = await client.send('test.boom', ['too far'])
    const { id: late } = await client.send('test.add', [1, 2], { expiresInSeconds: 0 })
    const { id: revoked } = await client.send('test.add', [1, 2])
    await client.revoke(revoked)
    const { id: again } = await client.send('test.exits', [])
    const { id: later } = await client.send('test.add', [1, 2], { countdown: 0.01 })
    const { id: unknown } = await client.send('test.nobody', [])
    await engine.worker.start()
    expect(await until('task-failed', fails)).to.deep.include({ exception: "RangeError('too far')" })
    expect(await until('task-revoked', late)).to.include({ expired: true, terminated: false })
    expect(await until('task-revoked', revoked)).to.include({ expired: false, terminated: false })
    expect(await until('task-succeeded', later)).to.include({ result: '3' })
    const given = { name: 'test.add', args: '(1, 2)', kwargs: '{}', retries: 0, root_id: later, parent_id: null }
    expect(await until('task-received', later)).to.deep.include(given)
    expect((await until('task-received', later))['eta']).to.match(/^\d{4}-\d\d-\d\dT.*\+00:00$/)
    await until('task-failed', again)
    expect(types(again).filter((type) => type === 'task-retried')).to.have.length(2)
    expect(types(fails)).to.deep.equal(['task-sent', 'task-received', 'task-started', 'task-failed'])
    expect(types(later)).to.deep.equal(['task-sent', 'task-received', 'task-started', 'task-succeeded'])
    expect(types(late)).to.deep.equal(['task-sent', 'task-received', 'task-revoked'])
    expect(types(unknown)).to.deep.equal(['task-sent'])
  })

  it('come after what they tell is written', async () => {
    const { engine, until } = await listenedTo({ events: { tasks: true } })
    await engine.worker.start()
    for (let count = 0; count < 20; count += 1) {
      const { id } = await engine.client.send('test.add', [count, 1])
      await until('task-succeeded', id)
      expect(await engine.result(id)).to.include({ status: 'SUCCESS', result: count + 1 })
    }
  })

  it('go together where there are many, and each is told once, in order', async () => {
    const { engine, heard, until } = await listenedTo({ events: { tasks: true, sent: true }, concurrency: 2 })
    await engine.worker.start()
    const sent = await Promise.all(
      Array.from({ length: 2_000 }, (_, count) => engine.client.send('test.add', [count, 1])),
    )
    for (const { id } of sent) await until('task-succeeded', id)
    const clocks = heard.map(({ event }) => Number(event['clock']))
    expect(new Set(clocks).size).to.equal(clocks.length)
    const byTask = new Map<unknown, string[]>()
    // One that is told alone has a channel of its own.
    const ofWorker = heard.filter(({ event }) => event.type.startsWith('task-') && event.type !== 'task-sent')
    expect(ofWorker.filter(({ channel }) => channel.endsWith('task.multi')).length).to.be.greaterThan(3_000)
    for (const { event } of ofWorker) {
      byTask.set(event['uuid'], [...(byTask.get(event['uuid']) ?? []), event.type])
    }
    expect(byTask.size).to.equal(2_000)
    // One that has waited for too long, for a slot or behind others on a thread, goes back to its queue, and is received once more.
    const way = /^(?:task-received,(?:task-started,)?)*task-received,task-started,task-succeeded$/
    const others = [...byTask.values()].map((types) => types.join()).filter((types) => !way.test(types))
    expect(others).to.deep.equal([])
  })

  it('of tasks are switched on and off by remote control', async () => {
    const { engine, types, until } = await listenedTo()
    await engine.worker.start()
    const redis = engine.blocking.duplicate()
    listeners.push(redis)
    const caller = new ControlCaller({ redis, keys: engine.keys })
    const ask = async (method: string): Promise<unknown> =>
      eventually(async () => {
        const replies = await caller.ask({ method, destination: null, timeoutMs: 5_000 })
        expect(replies.size).to.equal(1)
        return replies.get('w1')
      })
    const run = async (): Promise<string> => {
      const { id } = await engine.client.send('test.add', [1, 2])
      await eventually(async () => expect(await engine.result(id)).to.include({ status: 'SUCCESS' }))
      return id
    }
    const before = await run()
    expect(await ask('enable_events')).to.deep.equal({ ok: 'task events enabled' })
    expect(await ask('enable_events')).to.deep.equal({ ok: 'task events already enabled' })
    await until('task-succeeded', await run())
    expect(await ask('disable_events')).to.deep.equal({ ok: 'task events disabled' })
    const after = await run()
    expect(await ask('heartbeat')).to.equal(null)
    await end(engine)
    await until('worker-offline')
    expect([...types(before), ...types(after)]).to.deep.equal([])
  })

  it('are told again after the broker was away, which holds up no task', async () => {
    const { engine, until } = await listenedTo({ events: { tasks: true }, concurrency: 1, commandTimeout: 500 })
    await engine.worker.start()
    const { id } = await engine.client.send('test.add', [1, 2])
    await until('task-succeeded', id)
    process.kill(server.pid, 'SIGSTOP')
    try {
      await eventually(() => expect(engine.logger.has('events could not be published')).to.equal(true))
    } finally {
      process.kill(server.pid, 'SIGCONT')
    }
    // Sending may have to be tried again while the connection comes back.
    const next = await eventually(() => engine.client.send('test.add', [2, 3]))
    await eventually(async () => expect(await engine.result(next.id)).to.include({ status: 'SUCCESS', result: 5 }))
    await until('task-succeeded', next.id)
  })
})
