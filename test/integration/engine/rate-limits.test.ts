import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { askNodes, listening } from '../../support/ask-nodes.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { RateLimitLab, soon, waiting, waits } from './rate-limit-lab.ts'

/** Tasks with rate limits, on a real Redis. */
describe('rate limits', function () {
  this.timeout(60_000)
  const lab = new RateLimitLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

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
      engine = await lab.limited({ pool, node: 'one', concurrency: 1 })
      for (let more = 1; more < processes; more += 1) await lab.limited({ pool, node: 'two', concurrency: 1 })
      const since = await serverTime(engine)
      const sent = await lab.send(engine, task, 40)
      await lab.noted(40)
      expectPace(since, 50)
      const numbers = lab.labels().map(Number)
      expect(new Set(numbers).size).to.equal(40)
      if (processes === 1) expect(numbers).to.deep.equal(numbers.toSorted((a, b) => a - b))
      for (const { id } of sent) {
        await eventually(async () => expect(await engine.result(id)).to.include({ status: 'SUCCESS' }), soon)
      }
      expect(await engine.redis.keys(`${engine.keys.limited('celery')}*`)).to.deep.equal([])
    })
  }

  it('hold up nothing else, and take no slot', async () => {
    engine = await lab.limited({ concurrency: 1 })
    await lab.send(engine, 'limited.ownRarely', 30)
    await lab.send(engine, 'limited.free', 5, 'free')
    await lab.noted(6)
    expect(lab.labels().toSorted()).to.deep.equal(['1', ...Array.from({ length: 5 }, () => 'free')])
    await waits(engine, 'limited.ownRarely', 29)
    await eventually(async () => expect(await engine.claims()).to.equal(0), soon)
    expect(engine.worker.activity).to.include({ running: 0, full: false })
  })

  it('are apart for tasks of which one has the name of the other, and more', async () => {
    engine = await lab.limited({ concurrency: 1 })
    for (const task of ['limited.ownRarely:none', 'limited.ownRarely']) {
      await lab.send(engine, task, 3)
      await waits(engine, task, 2)
    }
    const { redis, keys } = engine
    for (const task of ['limited.ownRarely:none', 'limited.ownRarely']) {
      expect(await redis.zcard(`${keys.limited('celery')}:${task}`), task).to.equal(1)
    }
  })

  it('give leave to few while no slot is free: they start at their rate when one is, not all at once', async () => {
    engine = await lab.limited({ concurrency: 1 })
    const { redis, keys } = engine
    await listening(engine, 1)
    await lab.send(engine, 'limited.ownRarely', 61)
    await waits(engine, 'limited.ownRarely', 60)
    await lab.send(engine, 'limited.holds', 1, 'holds')
    await lab.noted(2)
    await askNodes(engine, 'rate_limit', { task_name: 'limited.ownRarely', rate_limit: '100/s' })
    const admitted = (): Promise<number> => redis.llen(keys.list('celery'))
    await eventually(async () => expect(await admitted()).to.be.at.least(16), soon)
    // In this time all of them would have got leave.
    const since = await serverTime(engine)
    await eventually(async () => expect(await serverTime(engine)).to.be.above(since + 700), soon)
    expect(await admitted()).to.be.below(32)
    expect(await admitted()).to.equal(60 - (await waiting(engine, 'limited.ownRarely')))
    writeFileSync(`${lab.notebook}.open`, '')
    await lab.noted(62)
  })

  it('let a burst start at once', async () => {
    engine = await lab.limited({ concurrency: 1 })
    await lab.send(engine, 'limited.bursts', 5)
    await lab.noted(3)
    await waits(engine, 'limited.bursts', 2)
    expect(lab.labels()).to.deep.equal(['1', '2', '3'])
  })

  it('are one for each key', async () => {
    engine = await lab.limited()
    for (const label of ['a', 'b', 'c']) await lab.send(engine, 'limited.keyed', 2, label)
    await lab.noted(3)
    await waits(engine, 'limited.keyed', 3)
    expect(lab.labels().toSorted()).to.deep.equal(['a', 'b', 'c'])
  })

  it('count each try of a task', async () => {
    engine = await lab.limited()
    const since = await serverTime(engine)
    const [sent] = await lab.send(engine, 'limited.retried', 1)
    await eventually(async () => expect(await engine.result(sent?.id ?? '')).to.include({ status: 'SUCCESS' }), soon)
    expect(lab.notes()).to.have.length(3)
    expectPace(since, 200)
  })

  it('give no more turns where nothing is taken any more: they would start all at once later', async () => {
    engine = await lab.limited()
    await Promise.all(Array.from({ length: 100 }, () => lab.send(engine, 'limited.own', 1)))
    await eventually(async () => expect(await waiting(engine, 'limited.own')).to.be.greaterThan(30), soon)
    await engine.worker.quiet()
    const before = await waiting(engine, 'limited.own')
    const scripts = await scriptsRun(engine)
    // A look each 40 ms: in so many, ten would have had their turns.
    await eventually(async () => expect(await scriptsRun(engine)).to.be.at.least(scripts + 25), soon)
    expect(before - (await waiting(engine, 'limited.own')), 'but for those that were under way').to.be.at.most(2)
    expect(before, 'so many waited that they could have had them').to.be.greaterThan(10)
  })
})

/** How many scripts the server has run. */
async function scriptsRun(engine: TestEngine): Promise<number> {
  const stats = await engine.redis.info('commandstats')
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1] ?? 0)
}

async function serverTime(engine: TestEngine): Promise<number> {
  const [seconds = 0, micros = 0] = (await engine.redis.time()).map(Number)
  return seconds * 1000 + Math.floor(micros / 1000)
}
