import { once } from 'node:events'
import { expect } from 'chai'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('the figures of an engine', () => {
  let server: RedisServer
  const engines: TestEngine[] = []

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(async () => {
    for (const engine of engines.splice(0)) {
      engine.inspector.unwatch()
      await engine.close(0)
    }
  })

  async function open(options: Partial<Parameters<typeof createEngine>[0]> = {}): Promise<TestEngine> {
    const engine = await createEngine({ socketPath: server.socketPath, ...options })
    engines.push(engine)
    return engine
  }

  async function celery(engine: TestEngine) {
    const { queues } = await engine.inspector.look()
    return queues.find(({ name }) => name === 'celery')
  }

  const nothing = { oldestAge: null, scheduled: 0, retrying: 0, limited: 0, dead: 0, unknown: 0, unreadable: 0 }

  it('are what waits, by priority, and how old it is', async () => {
    const engine = await open()
    const { client, inspector } = engine
    expect(await celery(engine)).to.deep.equal({ name: 'celery', served: true, byPriority: [0, 0, 0, 0], ...nothing })
    await client.send('test.add', [1, 2])
    await client.send('test.add', [1, 2], { priority: 9 })
    await client.send('test.add', [1, 2], { priority: 4 })
    await client.send('test.add', [1, 2], { priority: 4 })
    await client.send('test.add', [1, 2], { countdown: 60 })
    const figures = await celery(engine)
    // Nobody promotes here: what is due later goes to its queue.
    expect(figures?.byPriority).to.deep.equal([2, 2, 0, 1])
    expect(figures?.oldestAge).to.be.within(0, 5_000)
    expect((await inspector.look()).now).to.be.closeTo(Date.now(), 5_000)
  })

  it('are what is scheduled, will be run again, and is set aside', async function () {
    this.timeout(20_000)
    const engine = await open({ tasks: ['test/fixtures/tasks/more-faults.ts', 'test/fixtures/tasks/probe.ts'] })
    await engine.worker.start()
    await engine.client.send('test.add', [1, 2], { countdown: 60 })
    await engine.client.send('test.add', [1, 2], { countdown: 60 })
    await engine.client.send('test.unknown', [])
    await engine.client.send('test.boom', ['x'])
    await engine.client.send('fault.crashOnce', [])
    await eventually(async () => {
      const figures = await celery(engine)
      expect(figures).to.include({ scheduled: 3, retrying: 1, dead: 1, unknown: 1, unreadable: 0 })
      expect(figures?.byPriority).to.deep.equal([0, 0, 0, 0])
    })
    expect(await engine.redis.pttl(engine.keys.retries('celery'))).to.be.within(300_000, 661_000)
    await engine.queuePurge.purge('celery', { scheduled: true })
    expect(await celery(engine)).to.include({ scheduled: 0, retrying: 0 })
  })

  it('are those of queues that nobody here serves, where anything is set aside from them', async () => {
    const engine = await open()
    await engine.redis.zadd(engine.keys.aside('dead', 'mail'), 1, 'a')
    await engine.redis.sadd(engine.keys.asideIndex(), engine.keys.aside('dead', 'mail'))
    const { queues } = await engine.inspector.look()
    expect(queues.map(({ name, served, dead }) => [name, served, dead])).to.deep.equal([
      ['celery', true, 0],
      ['mail', false, 1],
    ])
  })

  it('do not fail for a key of another type', async () => {
    const engine = await open()
    await engine.redis.set(engine.keys.list('celery'), 'no list')
    await engine.redis.set(engine.keys.schedule('celery'), 'no set')
    expect(await celery(engine)).to.deep.equal({ name: 'celery', served: true, byPriority: [0, 0, 0, 0], ...nothing })
  })

  it('are what runs, where, and since when', async function () {
    this.timeout(20_000)
    const gate = new Int32Array(new SharedArrayBuffer(12))
    const engine = await open({ concurrency: 2, tasks: ['test/fixtures/tasks/gate.ts'], settings: { gate } })
    const { inspector } = engine
    await engine.worker.start()
    const sent = await engine.client.send('gate.pass', [])
    const running = await eventually(() => {
      const [task] = inspector.running
      if (task === undefined) throw new Error('nothing runs')
      return task
    })
    expect(running).to.include({ id: sent.id, name: 'gate.pass', queue: 'celery', retries: 0 })
    expect(running.since).to.be.closeTo(Date.now(), 5_000)
    expect(inspector.threads).to.deep.include({ thread: running.thread, pool: 'threads' })
    expect(inspector.slots).to.equal(2)
    Atomics.store(gate, 2, 1)
    await eventually(() => expect(inspector.running).to.deep.equal([]))
    await eventually(() => expect(inspector.tally.tasks.get('gate.pass')?.ends.succeeded).to.equal(1))
  })

  it('are the processes on the broker, and what they tell of themselves', async function () {
    this.timeout(20_000)
    const prefix = `test-nodes-${process.pid}:`
    const [one, other] = [await open({ prefix, node: 'one' }), await open({ prefix, node: 'other' })]
    await one.worker.start()
    await one.inspector.watch()
    await other.worker.start()
    const nodes = await eventually(async () => {
      const found = await one.inspector.nodes()
      expect(found.map(({ running }) => running)).to.deep.equal([0, 0])
      return found
    })
    expect(nodes.map(({ name, kind, state, software }) => [name, kind, state, software])).to.deep.equal([
      ['one', 'lovage', 'online', 'lovage 0.0.0'],
      ['other', 'lovage', 'online', 'lovage 0.0.0'],
    ])
    expect(nodes[1]?.heardAgo).to.be.within(0, 2_500)
    await other.worker.stop(Promise.resolve())
    await eventually(async () => expect((await one.inspector.nodes())[1]?.state).to.equal('offline'))
    one.inspector.unwatch()
    expect((await one.inspector.nodes()).map(({ name, heardAgo }) => [name, heardAgo])).to.deep.equal([['one', null]])
  })

  it('are there again after the broker was away', async () => {
    const engine = await open()
    engine.redis.disconnect()
    let failed = false
    await engine.inspector.look().catch(() => (failed = true))
    expect(failed).to.equal(true)
    void engine.redis.connect()
    await once(engine.redis, 'ready')
    expect((await celery(engine))?.name).to.equal('celery')
  })
})
