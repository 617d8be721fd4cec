import { expect } from 'chai'
import { LamportClock } from '../../../src/engine/lamport-clock.ts'

describe('a Lamport clock', () => {
  it('grows with everything that is sent', () => {
    const clock = new LamportClock()
    expect([clock.forward(), clock.forward()]).to.deep.equal([1, 2])
  })

  it('is later than what has come in', () => {
    const clock = new LamportClock()
    clock.adjust(10)
    expect(clock.forward()).to.equal(12)
    clock.adjust(3)
    expect(clock.forward()).to.equal(14)
  })

  it('is not used up by a wrong one', () => {
    const clock = new LamportClock()
    clock.adjust(Number.MAX_SAFE_INTEGER)
    clock.adjust(Infinity)
    expect(clock.forward()).to.equal(1)
  })
})
