import { expect } from 'chai'
import { briefMs, RunTimes } from '../../../../src/engine/worker/run-times.ts'

describe('run times', () => {
  it('are expected of no name that has not run', () => {
    expect(new RunTimes().expected('proj.add')).to.equal(null)
  })

  it('are an average, each name its own', () => {
    const times = new RunTimes()
    times.note('proj.add', 2)
    times.note('proj.long', 500)
    expect([times.expected('proj.add'), times.expected('proj.long')]).to.deep.equal([2, null])
    times.note('proj.add', 7)
    expect(times.expected('proj.add')).to.equal(3)
  })

  it('count as long after one long run, until as many short ones have followed as make up for it', () => {
    const times = new RunTimes()
    for (let run = 0; run < 100; run += 1) times.note('proj.add', 0.01)
    times.note('proj.add', 10 * briefMs)
    expect(times.expected('proj.add')).to.equal(null)
    let runs = 0
    while (times.expected('proj.add') === null) {
      times.note('proj.add', 0.01)
      runs += 1
    }
    expect(runs).to.equal(4)
  })
})
