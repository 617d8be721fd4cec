import { expect } from 'chai'
import { Pace } from '../../../../src/engine/pool/pace.ts'
import { HandTimers } from '../hand-timers.ts'

describe('a pace', () => {
  let timers: HandTimers
  let steps = 0
  let next: number | null = null
  let pace: Pace

  beforeEach(() => {
    timers = new HandTimers()
    timers.install()
    steps = 0
    next = null
    pace = new Pace(() => {
      steps += 1
      return next
    })
  })

  afterEach(() => timers.uninstall())

  it('does its step after the time that the step before has named, until one names none', () => {
    next = 3
    pace.start(1)
    timers.pass(1)
    expect(steps).to.equal(1)
    expect(timers.waits).to.deep.equal([3])
    next = null
    timers.pass(3)
    expect(steps).to.equal(2)
    expect(timers.waits).to.deep.equal([])
    pace.start(1)
    expect(timers.waits).to.deep.equal([1])
  })

  it('is not started twice', () => {
    pace.start(2)
    pace.start(1)
    expect(timers.waits).to.deep.equal([2])
  })

  it('goes on from a step that was wanted at once', () => {
    next = 3
    pace.start(1)
    pace.now()
    expect(steps).to.equal(1)
    expect(timers.waits).to.deep.equal([3])
  })

  it('does nothing any more when it was stopped', () => {
    next = 1
    pace.start(1)
    pace.stop()
    pace.start(1)
    pace.now()
    expect(timers.waits).to.deep.equal([])
    expect(steps).to.equal(0)
  })
})
