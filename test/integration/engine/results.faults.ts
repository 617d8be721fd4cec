import { expect } from 'chai'
import { EngineError, TaskError } from '../../../src/engine/index.ts'
import { large, where } from '../../fixtures/tasks/faults.ts'
import { quiet } from '../../fixtures/tasks/more-faults.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

/** The error that a promise ends with. */
async function errorOf(promise: Promise<unknown>): Promise<EngineError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).to.be.instanceOf(EngineError)
  return error as EngineError
}

describe('the result of a task', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const keyOf = (id: string): string => `celery-task-meta-${id}`
  /** How many connections wait for results. */
  async function subscribers(): Promise<number> {
    const list = String(await engine.redis.client('LIST'))
    return list.split('\n').filter((line) => / name=results .* sub=[1-9]/.test(line)).length
  }

  it('is what the handler returned, typed, and is kept for its time', async () => {
    engine = await lab.worker({ limits: { resultTtlSeconds: 40 } })
    const tasks = engine.client.bind({ where })
    const result = await tasks.where.delay(0)
    const thread: number = await result.get({ timeout: 10 })
    expect(thread).to.be.a('number')
    expect(await result.state()).to.equal('SUCCESS')
    expect(await result.info()).to.equal(thread)
    expect(await engine.redis.ttl(keyOf(result.id))).to.be.within(30, 40)
  })

  it('of a failure is a TaskError with the error’s class, its message and its stack over there', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.flaky', [lab.notebook, 1, 'permanent']))
    expect(error)
      .to.be.instanceOf(TaskError)
      .and.include({ type: 'Refused', state: 'FAILURE', message: 'Refused: never' })
    expect((error as TaskError).traceback).to.include('faults.ts')
  })

  it('is still found by somebody who asks later, in another process', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.where', [0])
    const thread = await sent.get({ timeout: 10 })
    const other = await lab.engine({ node: 'other' })
    expect(await other.client.asyncResult(sent.id).get({ timeout: 5 })).to.equal(thread)
  })

  it('is not waited for longer than was said, and can be asked for again', async () => {
    engine = await lab.engine()
    const sent = await engine.client.send('fault.where', [0])
    const since = performance.now()
    expect(await errorOf(sent.get({ timeout: 0.3 }))).to.include({ code: 'RESULT_TIMEOUT' })
    expect(performance.now() - since).to.be.within(290, 1_500)
    expect((await errorOf(sent.get({ timeout: 0 }))).message).to.include(sent.id)
    expect(await errorOf(sent.get({ timeout: Number.NaN }))).to.include({ code: 'OPTION_INVALID' })
    expect(await errorOf(sent.get({ timeout: -1 }))).to.include({ code: 'OPTION_INVALID' })
    await engine.worker.start()
    expect(await sent.get({ timeout: 10 })).to.be.a('number')
  })

  it('is not waited for longer than was said also while Redis does not answer', async () => {
    engine = await lab.engine()
    const other = engine.redis.duplicate()
    try {
      const sent = await engine.client.send('fault.where', [0])
      expect(await errorOf(sent.get({ timeout: 0 }))).to.include({ code: 'RESULT_TIMEOUT' })
      await other.call('CLIENT', 'PAUSE', '3000', 'ALL')
      const since = performance.now()
      expect(await errorOf(sent.get({ timeout: 0.3 }))).to.include({ code: 'RESULT_TIMEOUT' })
      expect(performance.now() - since).to.be.within(290, 1_500)
      await other.call('CLIENT', 'UNPAUSE')
    } finally {
      other.disconnect()
    }
  })

  it('reaches a hundred who wait for it at once, over one connection, which then subscribes to nothing', async () => {
    engine = await lab.engine()
    const sent = await engine.client.send('fault.shift', [lab.notebook, 300])
    const waiting = Array.from({ length: 100 }, () =>
      sent.get({ timeout: 15 }).then((value) => [value, performance.now()]),
    )
    await eventually(async () => expect(await subscribers()).to.equal(1))
    await engine.worker.start()
    const got = await Promise.all(waiting)
    expect(new Set(got.map(([value]) => value)).size).to.equal(1)
    const times = got.map(([, time]) => Number(time))
    expect(Math.max(...times) - Math.min(...times), 'all hear of it at once').to.be.lessThan(500)
    await eventually(async () => expect(await subscribers()).to.equal(0))
  })

  it('is announced also to those who came while the first one was still connecting', async () => {
    engine = await lab.worker()
    await outcomeOf(engine.client.send('fault.where', [0]))
    for (let round = 1; round <= 5; round += 1) {
      const other = await lab.engine({ node: `reader${round}` })
      const sent = await engine.client.send('fault.shift', [lab.notebook, 2])
      const waits = Array.from({ length: 20 }, async () => {
        await other.client.asyncResult(sent.id).get({ timeout: 10 })
        return performance.now()
      })
      const times = await Promise.all(waits)
      expect(Math.max(...times) - Math.min(...times), 'milliseconds between the first and the last').to.be.lessThan(500)
    }
  })

  it('of many tasks reaches those who wait for each, over one connection', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: 20 })
    const sent = await Promise.all(
      Array.from({ length: 100 }, (_, index) => engine.client.send('fault.heeds', [index % 7])),
    )
    const values = Promise.all(sent.map((each) => outcomeOf(Promise.resolve(each))))
    expect(await subscribers()).to.be.at.most(1)
    expect(new Set(await values)).to.deep.equal(new Set(['in time']))
  })

  it('is gone when it was forgotten', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.where', [0])
    await sent.get({ timeout: 10 })
    await sent.forget()
    expect(await sent.state()).to.equal('PENDING')
    expect(await sent.info()).to.equal(undefined)
    expect(await engine.redis.exists(keyOf(sent.id))).to.equal(0)
    expect(await errorOf(sent.get({ timeout: 0.05 }))).to.include({ code: 'RESULT_TIMEOUT' })
  })

  it('is not kept, nor any state, where nobody wants it', async () => {
    engine = await lab.worker({ concurrency: 1 })
    const tasks = engine.client.bind({ quiet })
    const [bound, byName] = [await tasks.quiet.delay(), await engine.client.send('fault.quiet', [])]
    expect(await outcomeOf(engine.client.send('fault.where', [0]))).to.be.a('number')
    await eventually(async () => expect(await engine.claims()).to.equal(0))
    for (const { id } of [bound, byName]) expect(await engine.redis.exists(keyOf(id))).to.equal(0)
    expect(engine.logger.lines.filter(({ message }) => message === 'task succeeded')).to.have.length(3)
  })

  it('may be as large as the settings say, to the byte', async () => {
    engine = await lab.worker({ maxResultBytes: 1_000 })
    const tasks = engine.client.bind({ large })
    expect(await outcomeOf(tasks.large.delay(998)), 'with its quotes').to.have.length(998)
    const error = await outcomeOf(tasks.large.delay(999))
    expect(error).to.be.instanceOf(TaskError).and.include({ type: 'ResultTooLarge' })
    expect(String(error)).to.include('expected a result of at most 1000 bytes of JSON, came 1001')
    expect(await engine.aside('dead')).to.have.length(1)
  })
})
