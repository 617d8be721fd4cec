import { expect } from 'chai'
import { briefMs, RunTime } from '../../../../src/engine/worker/run-time.ts'

describe('the run time of a task', () => {
  it('is not expected where none has run', () => {
    expect(new RunTime().expectedMs).to.equal(null)
  })

  it('is an average', () => {
    const time = new RunTime()
    time.note(2)
    expect(time.expectedMs).to.equal(2)
    time.note(7)
    expect(time.expectedMs).to.equal(3)
  })

  it('is not expected where it is long', () => {
    const time = new RunTime()
    time.note(500)
    expect(time.expectedMs).to.equal(null)
  })

  it('counts as long after one long run, until as many short ones have followed as make up for it', () => {
    const time = new RunTime()
    for (let run = 0; run < 100; run += 1) time.note(0.01)
    time.note(10 * briefMs)
    expect(time.expectedMs).to.equal(null)
    let runs = 0
    while (time.expectedMs === null) {
      time.note(0.01)
      runs += 1
    }
    expect(runs).to.equal(4)
  })
})
