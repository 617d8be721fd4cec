import { expect } from 'chai'
import { EngineError, QueueFullError } from '../../../src/engine/index.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab } from '../../support/fault-lab.ts'

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

describe('sending a task', () => {
  const lab = new FaultLab()

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  it('twice with one idempotency key sends it once, also from many processes at once', async () => {
    const engines = await Promise.all([1, 2, 3].map((number) => lab.engine({ node: `node-${number}` })))
    const options = { idempotencyKey: 'order 17', idempotencySeconds: 100 }
    const thirty = Array.from({ length: 10 }).flatMap(() => engines)
    const sent = await Promise.all(
      thirty.map(({ client }, index) => client.send('fault.stamp', [lab.notebook, index], options)),
    )
    const ids = new Set(sent.map(({ id }) => id))
    expect(ids.size).to.equal(1)
    const [engine] = engines
    expect(await engine?.redis.llen(engine.keys.list('celery'))).to.equal(1)
    expect(await engine?.redis.ttl(engine.keys.once('order 17'))).to.be.within(90, 100)
    await engine?.redis.pexpire(engine.keys.once('order 17'), 1)
    await eventually(async () => expect(await engine?.redis.exists(engine.keys.once('order 17'))).to.equal(0))
    expect([...ids]).to.not.include((await engine?.client.send('fault.stamp', [lab.notebook, 0], options))?.id)
  })

  it('again because the answer was lost sends it once: the message is known by its mark', async () => {
    const engine = await lab.engine({ limits: { enqueueTimeoutMs: 3_000 }, commandTimeout: 200 })
    process.kill(lab.server.pid, 'SIGSTOP')
    const sent = engine.client.send('fault.stamp', [lab.notebook, 1])
    // The first try has been given up, and lies in the socket of the server, with a second one behind it.
    const noticed = failureOf(engine.redis.ping())
    await noticed
    process.kill(lab.server.pid, 'SIGCONT')
    await sent
    expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(1)
  })

  it('fails with BROKER_UNAVAILABLE within its time while the broker does not answer', async () => {
    const engine = await lab.engine({ limits: { enqueueTimeoutMs: 400 } })
    await engine.redis.ping()
    process.kill(lab.server.pid, 'SIGSTOP')
    try {
      const started = performance.now()
      const error = await failureOf(engine.client.send('fault.stamp', [lab.notebook, 1]))
      expect(error).to.be.instanceOf(EngineError).and.include({ code: 'BROKER_UNAVAILABLE' })
      expect(performance.now() - started).to.be.within(350, 1_500)
    } finally {
      process.kill(lab.server.pid, 'SIGCONT')
    }
  })

  it('fails at once where the broker refuses for good', async () => {
    const engine = await lab.engine({ limits: { enqueueTimeoutMs: 60_000 } })
    await engine.redis.set(engine.keys.list('celery'), 'not a list')
    const error = await failureOf(engine.client.send('fault.stamp', [lab.notebook, 1]))
    expect(error).to.be.instanceOf(EngineError).and.include({ code: 'BROKER_UNAVAILABLE' })
    expect(String(error)).to.include('WRONGTYPE')
  })

  it('with a priority puts it on kombu’s list of that step, 0 served first', async () => {
    const engine = await lab.engine({ concurrency: 1 })
    for (const priority of [9, 5, 3, 2, 0])
      await engine.client.send('fault.stamp', [lab.notebook, priority], { priority })
    const lengths = await Promise.all([0, 3, 6, 9].map((step) => engine.redis.llen(engine.keys.list('celery', step))))
    expect(lengths).to.deep.equal([2, 2, 0, 1])
    await engine.worker.start()
    await eventually(() =>
      expect(lab.notes().map((line) => line.split(' ')[0])).to.deep.equal(['2', '0', '5', '3', '9']),
    )
  })

  it('to several queues: a full one does not starve the others', async () => {
    const engine = await lab.engine({ concurrency: 1, queues: ['full', 'rare'] })
    for (let number = 0; number < 40; number += 1) await engine.client.send('fault.stamp', [lab.notebook, number])
    await engine.client.send('fault.stamp', [lab.notebook, 1_000], { queue: 'rare' })
    await engine.worker.start()
    await eventually(() => expect(lab.notes()).to.have.length(41))
    expect(lab.notes().findIndex((line) => line.startsWith('1000 '))).to.be.lessThan(5)
  })

  it('is refused while the queue is too long, with the time to come back, and goes on when it has room', async () => {
    const engine = await lab.engine({ concurrency: 1, limits: { maxQueueLength: 5 } })
    for (let number = 0; number < 4; number += 1) await engine.client.send('fault.work', [lab.notebook, 1])
    await engine.client.send('fault.work', [lab.notebook, 1], { countdown: 0.2 })
    const error = await failureOf(engine.client.send('fault.work', [lab.notebook, 1]))
    expect(error).to.be.instanceOf(QueueFullError).and.include({ code: 'QUEUE_FULL', retryAfterSeconds: 60 })
    expect(String(error)).to.include('expected less than 5 messages, came 5')
    await engine.worker.start()
    await eventually(async () => {
      await engine.client.send('fault.work', [lab.notebook, 1])
    })
    await eventually(() => expect(lab.notes().filter((line) => line.startsWith('end'))).to.have.length(6))
  })

  it('is told when to come back by the measured rate', async () => {
    const engine = await lab.worker({ concurrency: 1, limits: { maxQueueLength: 3 } })
    // Ten of 100 ms each were worked off: about ten a second, or somewhat less.
    for (let number = 0; number < 10; number += 1)
      await (await engine.client.send('fault.work', [lab.notebook, 100])).get({ timeout: 10 })
    const rate = engine.worker.activity.perSecond
    expect(rate).to.be.within(0.5, 10)
    const error = await failureOf(
      Promise.all(Array.from({ length: 20 }, () => engine.client.send('fault.work', [lab.notebook, 100]))),
    )
    expect(error).to.be.instanceOf(QueueFullError)
    expect((error as QueueFullError).retryAfterSeconds).to.be.within(1, Math.ceil(10 / rate))
  })

  it('is refused while the oldest message is too old, and goes on when it is gone', async () => {
    const engine = await lab.engine({ limits: { maxQueueAgeMs: 200 } })
    await engine.client.send('fault.stamp', [lab.notebook, 1])
    const error = await eventually(async () => {
      const refused = await failureOf(engine.client.send('fault.stamp', [lab.notebook, 2]))
      expect(refused).to.be.instanceOf(QueueFullError)
      return refused
    })
    expect(String(error)).to.match(/expected its oldest message to be at most 200 ms old, came \d+ ms/)
    await engine.worker.start()
    await eventually(async () => {
      await engine.client.send('fault.stamp', [lab.notebook, 3])
    })
  })
})
