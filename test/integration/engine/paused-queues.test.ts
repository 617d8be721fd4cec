import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { mostPaused, QueuePause } from '../../../src/engine/broker/queue-pause.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('paused queues', function () {
  this.timeout(30_000)
  let server: RedisServer
  let prefix = ''
  let engines: TestEngine[] = []

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  beforeEach(() => {
    prefix = `test-${randomUUID()}:`
  })
  afterEach(async () => {
    await Promise.all(engines.map((engine) => engine.close()))
    engines = []
  })

  async function engineOf(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const node = `n${engines.length}`
    const queues = ['celery', 'mail']
    const engine = await createEngine({ socketPath: server.socketPath, prefix, node, queues, ...options })
    engines.push(engine)
    return engine
  }
  async function worker(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const engine = await engineOf(options)
    await engine.worker.start()
    await eventually(() => expect(engine.worker.activity.lastPoll).to.be.greaterThan(0))
    return engine
  }
  /** Resolves when the worker has certainly noticed: it has polled several times since. */
  async function noticed(engine: TestEngine): Promise<void> {
    for (let polls = 0; polls < 4; polls += 1) {
      const { lastPoll } = engine.worker.activity
      await eventually(() => expect(engine.worker.activity.lastPoll).to.be.greaterThan(lastPoll))
    }
  }

  it('are taken from by nobody until they are resumed; others are', async () => {
    const engine = await worker()
    expect(await engine.queuePause.pause('mail')).to.equal(true)
    expect(await engine.queuePause.pause('mail')).to.equal(false)
    await noticed(engine)
    const held = await engine.client.send('test.add', [1, 2], { queue: 'mail' })
    const other = await engine.client.send('test.add', [3, 4])
    expect(await other.get({ timeout: 10 })).to.equal(7)
    await noticed(engine)
    expect(await engine.redis.llen(engine.keys.list('mail'))).to.equal(1)
    expect(engine.worker.activity).to.include({ stuck: false, full: false })
    expect(await engine.queuePause.resume('mail')).to.equal(true)
    expect(await engine.queuePause.resume('mail')).to.equal(false)
    expect(await held.get({ timeout: 10 })).to.equal(3)
  })

  it('stay so across a restart, and for every process', async () => {
    const first = await engineOf()
    await first.queuePause.pause('celery')
    const held = await first.client.send('test.add', [1, 2])
    for (let start = 0; start < 2; start += 1) {
      const started = await worker()
      await noticed(started)
      expect(await first.redis.llen(first.keys.list('celery'))).to.equal(1)
      expect(await started.redis.hlen(started.keys.claims(started.membership.node, started.membership.epoch))).to.equal(
        0,
      )
    }
    await first.queuePause.resume('celery')
    expect(await held.get({ timeout: 10 })).to.equal(3)
  })

  it('of which the first one is waited on wake nobody, and the next one is served at once', async () => {
    const engine = await worker()
    await engine.queuePause.pause('celery')
    await noticed(engine)
    const held = await Promise.all(Array.from({ length: 20 }, () => engine.client.send('test.add', [1, 1])))
    const other = await engine.client.send('test.add', [3, 4], { queue: 'mail' })
    expect(await other.get({ timeout: 10 })).to.equal(7)
    expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(20)
    await engine.queuePause.resume('celery')
    await Promise.all(held.map((result) => result.get({ timeout: 10 })))
  })

  it('hold what comes to be due, and what its rate limit would let start', async () => {
    const engine = await worker({ tasks: ['test/fixtures/tasks/probe.ts'] })
    await engine.queuePause.pause('celery')
    await noticed(engine)
    const due = await engine.client.send('test.add', [1, 2], { countdown: 0.05 })
    await eventually(async () => expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(1))
    await noticed(engine)
    expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(1)
    await engine.queuePause.resume('celery')
    expect(await due.get({ timeout: 10 })).to.equal(3)
  })

  it('are listed with the time, by name', async () => {
    const { queuePause, redis } = await engineOf()
    const before = Date.now() - 1_000
    await queuePause.pause('sms')
    await queuePause.pause('mail')
    const paused = await queuePause.list()
    expect(paused.map(({ name }) => name)).to.deep.equal(['mail', 'sms'])
    for (const { since } of paused) expect(since).to.be.within(before, Date.now() + 1_000)
    expect(await redis.hlen(`${prefix}lovage:paused`)).to.equal(2)
  })

  it('are bounded in number', async () => {
    const { redis, keys } = await engineOf()
    const queuePause = new QueuePause({ redis, keys })
    const many = Array.from({ length: mostPaused }, (_value, index) => [`queue-${index}`, '1'])
    await redis.hset(keys.paused(), ...many.flat())
    const refused = await queuePause.pause('one-more').catch(String)
    expect(refused).to.contain(`expected at most ${mostPaused} paused queues, came one more: one-more`)
    expect(await queuePause.pause('queue-7')).to.equal(false)
  })

  for (const name of ['', 'a b', 'lovage:x']) {
    it(`have names of queues: ${JSON.stringify(name)}`, async () => {
      const { queuePause } = await engineOf()
      expect(await queuePause.pause(name).catch(String)).to.contain("expected a queue's name")
      expect(await queuePause.resume(name).catch(String)).to.contain("expected a queue's name")
    })
  }
})
