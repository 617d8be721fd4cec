import { expect } from 'chai'
import { Drain } from '../../../src/engine/broker/drain.ts'
import { mostKeys } from '../../../src/engine/broker/redis-rates.ts'
import { askNodes, listening } from '../../support/ask-nodes.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { RateLimitLab, soon, stopped, waiting, waits } from './rate-limit-lab.ts'

describe('rate limits, and what waits for them', function () {
  this.timeout(60_000)
  const lab = new RateLimitLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  it('leave what waits to whoever knows the task', async () => {
    engine = await lab.limited()
    await lab.send(engine, 'limited.ownRarely', 3)
    await lab.noted(1)
    await waits(engine, 'limited.ownRarely', 2)
    await stopped(engine)
    engine = await lab.worker({ tasks: ['test/fixtures/tasks/gate.ts'] })
    await engine.redis.rpush(engine.keys.list('celery'), 'garbage')
    await eventually(async () => expect(await engine.aside('unreadable')).to.have.length(1), soon)
    await waits(engine, 'limited.ownRarely', 2)
    await stopped(engine)
    // A start has its own limit.
    engine = await lab.limited({ node: 'other' })
    await lab.noted(2)
    await waits(engine, 'limited.ownRarely', 1)
  })

  it('are not used up by what is revoked or too late, which goes when it comes first', async () => {
    engine = await lab.limited({ node: 'one' })
    await listening(engine, 1)
    const [, revoked] = await lab.send(engine, 'limited.ownRarely', 2)
    const late = await engine.client.send('limited.ownRarely', [lab.notebook, 'late'], { expiresInSeconds: 5 })
    await lab.send(engine, 'limited.ownRarely', 1, 'last')
    await waits(engine, 'limited.ownRarely', 3)
    await engine.client.revoke(revoked?.id ?? '')
    for (const id of [revoked?.id ?? '', late.id]) {
      await eventually(async () => expect(await engine.result(id)).to.include({ status: 'REVOKED' }), soon)
    }
    await waits(engine, 'limited.ownRarely', 1)
    await askNodes(engine, 'rate_limit', { task_name: 'limited.ownRarely', rate_limit: '20/s' })
    await lab.noted(2)
    expect(lab.labels()).to.deep.equal(['1', 'last'])
  })

  it("count what waits among a queue's messages", async () => {
    engine = await lab.limited({ limits: { maxQueueLength: 5 } })
    await lab.send(engine, 'limited.ownRarely', 1)
    await lab.noted(1)
    await lab.send(engine, 'limited.ownRarely', 5)
    await waits(engine, 'limited.ownRarely', 5)
    const error: unknown = await engine.client
      .send('limited.ownRarely', [lab.notebook, 'more'])
      .catch((thrown: unknown) => thrown)
    expect(error).to.be.an('error').with.property('code', 'QUEUE_FULL')
  })

  it('have those wait on the schedule that there are too many keys of', async () => {
    engine = await lab.limited()
    const many = Array.from({ length: mostKeys }, (_value, index) => ['9e15', `key${index}`]).flat()
    await engine.redis.zadd(`${engine.keys.limited('celery')}:limited.keyed`, ...many)
    await lab.send(engine, 'limited.keyed', 2, 'a')
    await lab.noted(1)
    await eventually(async () => expect(await engine.redis.zcard(engine.keys.schedule('celery'))).to.equal(1), soon)
    expect(await waiting(engine, 'limited.keyed')).to.equal(0)
  })

  it('hold what waits no longer than until it is handed back for others, in its order', async () => {
    engine = await lab.limited()
    const { redis, keys } = engine
    const sent = await lab.send(engine, 'limited.ownRarely', 5)
    const drain = new Drain({ redis, keys })
    await waits(engine, 'limited.ownRarely', 4)
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
    engine = await lab.limited()
    const { redis, keys } = engine
    await lab.send(engine, 'limited.ownRarely', 3)
    await waits(engine, 'limited.ownRarely', 2)
    await engine.worker.stop(Promise.resolve())
    await redis.set(keys.list('celery'), 'text')
    expect((await new Drain({ redis, keys }).run()).limited).to.deep.equal({ celery: { moved: 0, left: 2 } })
    await waits(engine, 'limited.ownRarely', 2)
  })

  it('have what waits purged with its queue', async () => {
    engine = await lab.limited()
    const { redis, keys } = engine
    await lab.send(engine, 'limited.ownRarely', 4)
    await waits(engine, 'limited.ownRarely', 3)
    expect(await engine.queuePurge.purge('celery', { scheduled: false })).to.deep.equal({ messages: 3, scheduled: 0 })
    expect(await redis.keys(`${keys.limited('celery')}*`)).to.deep.equal([])
  })
})
