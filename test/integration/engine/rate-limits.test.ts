import { expect } from 'chai'
import { Drain } from '../../../src/engine/broker/drain.ts'
import { mostKeys } from '../../../src/engine/broker/redis-rates.ts'
import type { AsyncResult } from '../../../src/engine/index.ts'
import { askNodes, listening } from '../../support/ask-nodes.ts'
import type { TestEngine, TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab } from '../../support/fault-lab.ts'

/** Tasks with rate limits, on a real Redis. */
describe('rate limits', function () {
  this.timeout(60_000)
  const lab = new FaultLab()
  const soon = { timeoutMs: 20_000 }
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const worker = (options: Partial<TestEngineOptions> = {}): Promise<TestEngine> =>
    lab.worker({ tasks: ['test/fixtures/tasks/limited.ts'], ...options })
  const labels = (): string[] => lab.notes().map((line) => line.split(' ')[0] ?? '')
  const noted = (count: number): Promise<unknown> => eventually(() => expect(lab.notes()).to.have.length(count), soon)
  const waiting = async (task: string): Promise<number> =>
    Number((await engine.redis.hget(engine.keys.limited('celery'), task)) ?? 0)
  const waits = (task: string, count: number): Promise<unknown> =>
    eventually(async () => expect(await waiting(task)).to.equal(count), soon)

  /** Ends the worker, when what runs has ended. */
  const stopped = (): Promise<number> =>
    engine.worker.stop(new Promise((resolve) => setTimeout(resolve, 10_000).unref()))

  /** Sends so many, one after another, labelled with their numbers. */
  async function send(task: string, count: number, label = ''): Promise<AsyncResult[]> {
    const sent: AsyncResult[] = []
    for (let number = 1; number <= count; number += 1) {
      sent.push(await engine.client.send(task, [lab.notebook, label === '' ? String(number) : label]))
    }
    return sent
  }

  /** How many scripts the server has run. */
  async function scriptsRun(): Promise<number> {
    const stats = await engine.redis.info('commandstats')
    return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1] ?? 0)
  }

  async function serverTime(): Promise<number> {
    const [seconds = 0, micros = 0] = (await engine.redis.time()).map(Number)
    return seconds * 1000 + Math.floor(micros / 1000)
  }

  /** That at no time more had started than the rate allows, since the first could have. */
  function expectPace(since: number, intervalMs: number): void {
    const starts = lab.notes().map((line) => Number(line.split(' ')[1]))
    starts.sort((a, b) => a - b)
    const early = starts.map((start, index) => start - (since + index * intervalMs))
    // Rounded down, once here and once there.
    expect(Math.min(...early), 'milliseconds after the earliest time').to.be.at.least(-2)
  }

  for (const [what, task, pool, processes] of [
    ['of one process', 'limited.own', 'threads', 1],
    ['of one process, in the async pool', 'limited.own', 'async', 1],
    ['of two processes together', 'limited.shared', 'threads', 2],
  ] as const) {
    it(`are kept, in the order of the queue, and each task runs once: ${what}`, async () => {
      engine = await worker({ pool, node: 'one', concurrency: 1 })
      for (let more = 1; more < processes; more += 1) await worker({ pool, node: 'two', concurrency: 1 })
      const since = await serverTime()
      const sent = await send(task, 40)
      await noted(40)
      expectPace(since, 50)
      const numbers = labels().map(Number)
      expect(new Set(numbers).size).to.equal(40)
      if (processes === 1) expect(numbers).to.deep.equal(numbers.toSorted((a, b) => a - b))
      for (const { id } of sent) {
        await eventually(async () => expect(await engine.result(id)).to.include({ status: 'SUCCESS' }), soon)
      }
      expect(await engine.redis.keys(`${engine.keys.limited('celery')}*`)).to.deep.equal([])
    })
  }

  it('hold up nothing else, and take no slot', async () => {
    engine = await worker({ concurrency: 1 })
    await send('limited.ownRarely', 30)
    await send('limited.free', 5, 'free')
    await noted(6)
    expect(labels().toSorted()).to.deep.equal(['1', ...Array.from({ length: 5 }, () => 'free')])
    await waits('limited.ownRarely', 29)
    await eventually(async () => expect(await engine.claims()).to.equal(0), soon)
    expect(engine.worker.activity).to.include({ running: 0, full: false })
  })

  it('are apart for tasks of which one has the name of the other, and more', async () => {
    engine = await worker({ concurrency: 1 })
    for (const task of ['limited.ownRarely:none', 'limited.ownRarely']) {
      await send(task, 3)
      await waits(task, 2)
    }
    const { redis, keys } = engine
    for (const task of ['limited.ownRarely:none', 'limited.ownRarely']) {
      expect(await redis.zcard(`${keys.limited('celery')}:${task}`), task).to.equal(1)
    }
  })

  it('let a burst start at once', async () => {
    engine = await worker({ concurrency: 1 })
    await send('limited.bursts', 5)
    await noted(3)
    await waits('limited.bursts', 2)
    expect(labels()).to.deep.equal(['1', '2', '3'])
  })

  it('are one for each key', async () => {
    engine = await worker()
    for (const label of ['a', 'b', 'c']) await send('limited.keyed', 2, label)
    await noted(3)
    await waits('limited.keyed', 3)
    expect(labels().toSorted()).to.deep.equal(['a', 'b', 'c'])
  })

  it('count each try of a task', async () => {
    engine = await worker()
    const since = await serverTime()
    const [sent] = await send('limited.retried', 1)
    await eventually(async () => expect(await engine.result(sent?.id ?? '')).to.include({ status: 'SUCCESS' }), soon)
    expect(lab.notes()).to.have.length(3)
    expectPace(since, 200)
  })

  for (const [what, task] of [
    ["each process's own", 'limited.ownRarely'],
    ['a global one', 'limited.sharedRarely'],
  ] as const) {
    it(`can be changed while tasks wait: ${what}`, async () => {
      engine = await worker({ node: 'one' })
      await listening(engine, 1)
      await send(task, 8)
      await noted(1)
      await waits(task, 7)
      const told = await askNodes(engine, 'stats')
      expect(told)
        .to.have.nested.property('one.rate_limited')
        .that.deep.equals({ [task]: 7 })
      const asked = await askNodes(engine, 'rate_limit', { task_name: task, rate_limit: '20/s' })
      expect(asked).to.deep.equal({ one: { ok: 'new rate limit set successfully' } })
      await noted(8)
      await askNodes(engine, 'rate_limit', { task_name: task, rate_limit: '1/h' })
      await send(task, 4)
      await waits(task, 4)
      expect(await askNodes(engine, 'registered', { taskinfoitems: ['rate_limit'] }))
        .to.have.property('one')
        .that.includes(`${task} [rate_limit=1/h]`)
      expect(await askNodes(engine, 'rate_limit', { task_name: task, rate_limit: 0 })).to.deep.equal({
        one: { ok: 'rate limit disabled successfully' },
      })
      await noted(12)
      await waits(task, 0)
    })
  }

  it('that are global are changed for all processes by any of them, also for those that start later', async () => {
    engine = await worker({ node: 'one' })
    await worker({ node: 'two' })
    await listening(engine, 2)
    await askNodes(
      engine,
      'rate_limit',
      { task_name: 'limited.sharedRarely', rate_limit: '1000/s' },
      { destination: ['two'] },
    )
    await send('limited.sharedRarely', 5)
    await noted(5)
    await stopped()
    await worker({ node: 'three' })
    await send('limited.sharedRarely', 5)
    await noted(10)
  })

  it('that are global are what the task says again where what was set is forgotten, also for the node that was asked', async () => {
    engine = await worker({ node: 'one' })
    await listening(engine, 1)
    await askNodes(engine, 'rate_limit', { task_name: 'limited.sharedRarely', rate_limit: '1000/s' })
    await send('limited.sharedRarely', 2)
    await noted(2)
    await engine.redis.del(engine.keys.rateSet('limited.sharedRarely'))
    await send('limited.sharedRarely', 3)
    await waits('limited.sharedRarely', 3)
  })

  it('may be given to a task that has none, and what waits is run where that is forgotten', async () => {
    engine = await worker({ node: 'one' })
    await listening(engine, 1)
    await askNodes(engine, 'rate_limit', { task_name: 'limited.free', rate_limit: '1/h' })
    await send('limited.free', 4)
    await noted(1)
    await waits('limited.free', 3)
    await stopped()
    engine = await worker({ node: 'one' })
    await noted(4)
  })

  it('give no more turns where nothing is taken any more: they would start all at once later', async () => {
    engine = await worker()
    await Promise.all(Array.from({ length: 100 }, () => send('limited.own', 1)))
    await eventually(async () => expect(await waiting('limited.own')).to.be.greaterThan(30), soon)
    await engine.worker.quiet()
    const before = await waiting('limited.own')
    const scripts = await scriptsRun()
    // A look each 40 ms: in so many, ten would have had their turns.
    await eventually(async () => expect(await scriptsRun()).to.be.at.least(scripts + 25), soon)
    expect(before - (await waiting('limited.own')), 'but for those that were under way').to.be.at.most(2)
    expect(before, 'so many waited that they could have had them').to.be.greaterThan(10)
  })

  it('leave what waits to whoever knows the task', async () => {
    engine = await worker()
    await send('limited.ownRarely', 3)
    await noted(1)
    await waits('limited.ownRarely', 2)
    await stopped()
    engine = await lab.worker({ tasks: ['test/fixtures/tasks/gate.ts'] })
    await engine.redis.rpush(engine.keys.list('celery'), 'garbage')
    await eventually(async () => expect(await engine.aside('unreadable')).to.have.length(1), soon)
    await waits('limited.ownRarely', 2)
    await stopped()
    // A start has its own limit.
    engine = await worker({ node: 'other' })
    await noted(2)
    await waits('limited.ownRarely', 1)
  })

  it('are not used up by what is revoked or too late, which goes when it comes first', async () => {
    engine = await worker({ node: 'one' })
    await listening(engine, 1)
    const [, revoked] = await send('limited.ownRarely', 2)
    const late = await engine.client.send('limited.ownRarely', [lab.notebook, 'late'], { expiresInSeconds: 5 })
    await send('limited.ownRarely', 1, 'last')
    await waits('limited.ownRarely', 3)
    await engine.client.revoke(revoked?.id ?? '')
    for (const id of [revoked?.id ?? '', late.id]) {
      await eventually(async () => expect(await engine.result(id)).to.include({ status: 'REVOKED' }), soon)
    }
    await waits('limited.ownRarely', 1)
    await askNodes(engine, 'rate_limit', { task_name: 'limited.ownRarely', rate_limit: '20/s' })
    await noted(2)
    expect(labels()).to.deep.equal(['1', 'last'])
  })

  it("count what waits among a queue's messages", async () => {
    engine = await worker({ limits: { maxQueueLength: 5 } })
    await send('limited.ownRarely', 1)
    await noted(1)
    await send('limited.ownRarely', 5)
    await waits('limited.ownRarely', 5)
    const error: unknown = await engine.client
      .send('limited.ownRarely', [lab.notebook, 'more'])
      .catch((thrown: unknown) => thrown)
    expect(error).to.be.an('error').with.property('code', 'QUEUE_FULL')
  })

  it('have those wait on the schedule that there are too many keys of', async () => {
    engine = await worker()
    const many = Array.from({ length: mostKeys }, (_value, index) => ['9e15', `key${index}`]).flat()
    await engine.redis.zadd(`${engine.keys.limited('celery')}:limited.keyed`, ...many)
    await send('limited.keyed', 2, 'a')
    await noted(1)
    await eventually(async () => expect(await engine.redis.zcard(engine.keys.schedule('celery'))).to.equal(1), soon)
    expect(await waiting('limited.keyed')).to.equal(0)
  })

  it('hold what waits no longer than until it is handed back for others, in its order', async () => {
    engine = await worker()
    const { redis, keys } = engine
    const sent = await send('limited.ownRarely', 5)
    const drain = new Drain({ redis, keys })
    await waits('limited.ownRarely', 4)
    await engine.worker.stop(Promise.resolve())
    expect((await drain.look()).limited).to.deep.equal({ celery: { moved: 4, left: 0 } })
    expect((await drain.look()).schedules).to.deep.equal({})
    expect((await drain.run()).limited).to.deep.equal({ celery: { moved: 4, left: 0 } })
    const list = await redis.lrange(keys.list('celery'), 0, -1)
    const ids = list.toReversed().map((raw) => (JSON.parse(raw) as { headers: { id: string } }).headers.id)
    expect(ids).to.deep.equal(sent.slice(1).map(({ id }) => id))
    expect(await redis.keys(`${keys.limited('celery')}*`)).to.deep.equal([])
    expect((await drain.run()).limited).to.deep.equal({})
  })

  it('stay where they are, if their list is none any more', async () => {
    engine = await worker()
    const { redis, keys } = engine
    await send('limited.ownRarely', 3)
    await waits('limited.ownRarely', 2)
    await engine.worker.stop(Promise.resolve())
    await redis.set(keys.list('celery'), 'text')
    expect((await new Drain({ redis, keys }).run()).limited).to.deep.equal({ celery: { moved: 0, left: 2 } })
    await waits('limited.ownRarely', 2)
  })

  it('have what waits purged with its queue', async () => {
    engine = await worker()
    const { redis, keys } = engine
    await send('limited.ownRarely', 4)
    await waits('limited.ownRarely', 3)
    expect(await engine.queuePurge.purge('celery', { scheduled: false })).to.deep.equal({ messages: 3, scheduled: 0 })
    expect(await redis.keys(`${keys.limited('celery')}*`)).to.deep.equal([])
  })
})
