import { expect } from 'chai'
import { historyAnswer } from '../../../../src/monitor/history/history-answer.ts'
import { aQueue, aStep, aTask } from './a-step.ts'

describe('the columns of a history', () => {
  const steps = [
    aStep({
      running: 2,
      tasks: { a: aTask([10, 10, 10], 1), b: aTask([1_000]) },
      queues: {
        q: aQueue({ waiting: 3, scheduled: 2, retrying: 1, oldestAge: 50 }),
        r: aQueue({ waiting: 4, dead: 5 }),
      },
    }),
    null,
    aStep({ ms: 5_000, queues: { r: aQueue() } }),
  ]
  const times = [0, 10_000, 20_000]
  const answer = historyAnswer(steps, times, 10, null)

  it('have a value for each time, and gaps where nobody was there', () => {
    expect(answer.times).to.equal(times)
    expect(answer.step).to.equal(10)
    expect(answer.perSecond).to.deep.equal([0.4, null, 0])
    expect(answer.running).to.deep.equal([2, null, 0])
    expect(answer.processes).to.deep.equal([1, null, 1])
    expect(answer.outcomes.succeeded).to.deep.equal([3, null, 0])
    expect(answer.outcomes.failed).to.deep.equal([1, null, 0])
    expect(answer.latency.run.p50[0]).to.be.within(8, 12.5)
    expect(answer.latency.run.p99[0]).to.be.within(800, 1_250)
    expect(answer.latency.wait.p50.slice(1)).to.deep.equal([null, null])
  })

  it('add up the queues, and have each by itself', () => {
    expect(answer.waiting).to.deep.equal([7, null, 0])
    expect(answer.scheduled).to.deep.equal([2, null, 0])
    expect(answer.retrying).to.deep.equal([1, null, 0])
    expect(answer.dead).to.deep.equal([5, null, 0])
    expect(answer.oldestAge).to.deep.equal([50, null, null])
    expect(answer.queues).to.deep.equal([
      { name: 'q', waiting: [3, null, null], oldestAge: [50, null, null] },
      { name: 'r', waiting: [4, null, 0], oldestAge: [null, null, null] },
    ])
  })

  it('have gaps in what was on the queues where nobody could look', () => {
    const [known, unknown] = [aStep({ queues: { q: aQueue({ waiting: 3 }) } }), aStep({ running: 1 })]
    const { waiting, scheduled, retrying, dead, running } = historyAnswer([known, unknown], [0, 10_000], 10, null)
    expect({ waiting, scheduled, retrying, dead, running }).to.deep.equal({
      waiting: [3, null],
      scheduled: [0, null],
      retrying: [0, null],
      dead: [0, null],
      running: [0, 1],
    })
  })

  it('may be of one task', () => {
    expect(answer.tasks).to.deep.equal(['a', 'b'])
    const ofOne = historyAnswer(steps, times, 10, 'b')
    expect(ofOne.outcomes.succeeded).to.deep.equal([1, null, 0])
    expect(ofOne.latency.run.p50[0]).to.be.within(800, 1_250)
    expect(ofOne.perSecond).to.deep.equal(answer.perSecond)
    expect(historyAnswer(steps, times, 10, 'none').outcomes.failed).to.deep.equal([0, null, 0])
  })
})
