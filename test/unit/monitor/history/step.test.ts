import { expect } from 'chai'
import { RunTally } from '../../../../src/engine/worker/run-tally.ts'
import { runEnds } from '../../../../src/engine/index.ts'
import {
  addBeside,
  addLater,
  bucketCount,
  endsIn,
  outcomeNames,
  tasksBetween,
} from '../../../../src/monitor/history/step.ts'
import { percentiles } from '../../../../src/monitor/history/percentiles.ts'
import { aQueue, aStep, aTask } from './a-step.ts'

describe('steps of the history', () => {
  it('know every outcome of the engine', () => expect(outcomeNames).to.have.members(runEnds))

  it('are differences of what the engine counts, without tasks of which nothing became', () => {
    const tally = new RunTally()
    tally.of('idle')
    tally.of('a').refused('expired')
    const before = tally.snapshot()
    tally.of('a').refused('expired')
    tally.of('a').refused('revoked')
    tally.of('new').refused('revoked')
    const between = tasksBetween(before, tally.snapshot())
    expect([...between.keys()]).to.deep.equal(['a', 'new'])
    const counts = between.get('a')?.outcomes ?? []
    expect([counts[outcomeNames.indexOf('expired')], counts[outcomeNames.indexOf('revoked')]]).to.deep.equal([1, 1])
    expect(between.get('a')?.run).to.have.length(bucketCount)
    expect(tasksBetween(before, before).size).to.equal(0)
  })

  it('follow one another: counts are added, averages weighed, queues are as they are at the end', () => {
    const step = aStep({
      running: 4,
      tasks: { a: aTask([1, 1]) },
      queues: { q: aQueue({ waiting: 9 }), gone: aQueue() },
    })
    const later = aStep({
      running: 1,
      ms: 5_000,
      tasks: { a: aTask([100]), b: aTask([1]) },
      queues: { q: aQueue({ waiting: 2 }) },
    })
    addLater(step, later)
    expect(step).to.include({ ms: 15_000, running: 3, processes: 1 })
    expect(step.queues.get('q')?.waiting).to.equal(2)
    expect([...step.tasks].map(([name, task]) => [name, endsIn([task])])).to.deep.equal([
      ['a', 3],
      ['b', 1],
    ])
  })

  it('stand beside one another: what runs is added, of a queue the greater figures count', () => {
    const step = aStep({ running: 4, tasks: { a: aTask([1, 1]) }, queues: { q: aQueue({ waiting: 9, oldestAge: 5 }) } })
    const other = aStep({
      running: 1,
      ms: 5_000,
      tasks: { a: aTask([100]) },
      queues: { q: aQueue({ waiting: 2, dead: 1 }) },
    })
    addBeside(step, other)
    expect(step).to.include({ ms: 10_000, running: 5, processes: 2 })
    expect(step.queues.get('q')).to.deep.equal(aQueue({ waiting: 9, dead: 1, oldestAge: 5 }))
    expect(endsIn(step.tasks.values())).to.equal(3)
  })

  it('give the percentiles of all together', () => {
    const [step, other] = [
      aStep({ tasks: { a: aTask(Array<number>(90).fill(10)) } }),
      aStep({ tasks: { a: aTask(Array<number>(10).fill(1_000)) } }),
    ]
    addBeside(step, other)
    const { count, p50, p95, p99 } = percentiles(step.tasks.get('a')?.run ?? new Float64Array())
    expect(count).to.equal(100)
    expect(p50).to.be.within(8, 12.5)
    expect(p95).to.be.within(800, 1_250)
    expect(p99).to.be.within(800, 1_250)
    expect(percentiles(new Float64Array(bucketCount))).to.deep.equal({ count: 0, p50: null, p95: null, p99: null })
  })
})
