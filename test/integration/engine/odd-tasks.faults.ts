import { expect } from 'chai'
import { TaskError } from '../../../src/engine/index.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

/** What a task can do wrong that reaches the main thread: it must not end the process. (Mocha fails where it would.) */
describe('a task that does what nobody expects', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(async () => {
    lab.next()
    engine = await lab.worker()
  })
  afterEach(() => lab.end())

  const settled = (): Promise<unknown> => eventually(async () => expect(await engine.claims()).to.equal(0))

  it('may post messages of its own out of its thread: they are passed over', async () => {
    expect(await outcomeOf(engine.client.send('fault.posts', []))).to.equal(null)
    expect(await outcomeOf(engine.client.send('fault.where', [0]))).to.be.a('number')
  })

  for (const [what, name] of [
    ['bare', 'an object without a prototype'],
    ['bigint', 'an error whose message holds a bigint'],
    ['circle', 'an error whose message is a circle'],
  ] as const) {
    it(`fails where it throws ${name}`, async () => {
      const error = await outcomeOf(engine.client.send('fault.throwsOdd', [what]), 5)
      expect(error).to.be.instanceOf(TaskError).and.include({ type: 'Error', state: 'FAILURE' })
      expect((await engine.aside('dead'))[0]?.note).to.include({ task: 'fault.throwsOdd', retries: 0 })
      await settled()
    })
  }

  for (const after of ['NaN', 'Infinity', '1e300', '-1e300']) {
    it(`is run again where it asks for a wait that is none (${after} ms)`, async () => {
      const sent = await engine.client.send('fault.comesBack', [after])
      await eventually(async () => expect(['RETRY', 'FAILURE']).to.include(await sent.state()))
      await settled()
      const due = await engine.redis.zrange(engine.keys.schedule('celery'), '0', '-1', 'WITHSCORES')
      for (const score of due.filter((_, index) => index % 2 === 1)) expect(Number(score)).to.be.finite
    })
  }

  it('does not keep the main thread busy with what it says of itself', async () => {
    await outcomeOf(engine.client.send('fault.where', [0]))
    let [last, worst] = [performance.now(), 0]
    const clock = setInterval(() => {
      worst = Math.max(worst, performance.now() - last)
      last = performance.now()
    }, 5)
    try {
      expect(await outcomeOf(engine.client.send('fault.chatters', [1_500]))).to.equal('said')
    } finally {
      clearInterval(clock)
    }
    expect(worst, 'longest time without a turn, in milliseconds').to.be.lessThan(300)
  })
})
