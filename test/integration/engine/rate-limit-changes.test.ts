import { expect } from 'chai'
import { askNodes, listening } from '../../support/ask-nodes.ts'
import type { TestEngine } from '../../support/engine.ts'
import { RateLimitLab, stopped, waits } from './rate-limit-lab.ts'

describe('rate limits under remote control', function () {
  this.timeout(60_000)
  const lab = new RateLimitLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  for (const [what, task] of [
    ["each process's own", 'limited.ownRarely'],
    ['a global one', 'limited.sharedRarely'],
  ] as const) {
    it(`can be changed while tasks wait: ${what}`, async () => {
      engine = await lab.limited({ node: 'one' })
      await listening(engine, 1)
      await lab.send(engine, task, 8)
      await lab.noted(1)
      await waits(engine, task, 7)
      const told = await askNodes(engine, 'stats')
      expect(told)
        .to.have.nested.property('one.rate_limited')
        .that.deep.equals({ [task]: 7 })
      const asked = await askNodes(engine, 'rate_limit', { task_name: task, rate_limit: '20/s' })
      expect(asked).to.deep.equal({ one: { ok: 'new rate limit set successfully' } })
      await lab.noted(8)
      await askNodes(engine, 'rate_limit', { task_name: task, rate_limit: '1/h' })
      await lab.send(engine, task, 4)
      await waits(engine, task, 4)
      expect(await askNodes(engine, 'registered', { taskinfoitems: ['rate_limit'] }))
        .to.have.property('one')
        .that.includes(`${task} [rate_limit=1/h]`)
      expect(await askNodes(engine, 'rate_limit', { task_name: task, rate_limit: 0 })).to.deep.equal({
        one: { ok: 'rate limit disabled successfully' },
      })
      await lab.noted(12)
      await waits(engine, task, 0)
    })
  }

  it('that are global are changed for all processes by any of them, also for those that start later', async () => {
    engine = await lab.limited({ node: 'one' })
    await lab.limited({ node: 'two' })
    await listening(engine, 2)
    await askNodes(
      engine,
      'rate_limit',
      { task_name: 'limited.sharedRarely', rate_limit: '1000/s' },
      { destination: ['two'] },
    )
    await lab.send(engine, 'limited.sharedRarely', 5)
    await lab.noted(5)
    await stopped(engine)
    await lab.limited({ node: 'three' })
    await lab.send(engine, 'limited.sharedRarely', 5)
    await lab.noted(10)
  })

  it('that are global are what the task says again where what was set is forgotten, also for the node that was asked', async () => {
    engine = await lab.limited({ node: 'one' })
    await listening(engine, 1)
    await askNodes(engine, 'rate_limit', { task_name: 'limited.sharedRarely', rate_limit: '1000/s' })
    await lab.send(engine, 'limited.sharedRarely', 2)
    await lab.noted(2)
    await engine.redis.del(engine.keys.rateSet('limited.sharedRarely'))
    await lab.send(engine, 'limited.sharedRarely', 3)
    await waits(engine, 'limited.sharedRarely', 3)
  })

  it('may be given to a task that has none, and what waits is run where that is forgotten', async () => {
    engine = await lab.limited({ node: 'one' })
    await listening(engine, 1)
    await askNodes(engine, 'rate_limit', { task_name: 'limited.free', rate_limit: '1/h' })
    await lab.send(engine, 'limited.free', 4)
    await lab.noted(1)
    await waits(engine, 'limited.free', 3)
    await stopped(engine)
    engine = await lab.limited({ node: 'one' })
    await lab.noted(4)
  })
})
