import { expect } from 'chai'
import { RateMeter } from '../../../../src/engine/worker/rate-meter.ts'

/** When messages were worked off and when the rate is read, in seconds after the start; and what it is. */
const table: [what: string, counts: readonly number[], at: number, perSecond: number][] = [
  ['nothing yet', [], 0, 0],
  ['nothing for long', [], 100, 0],
  ['a burst in the first moment, as if it had taken a second', [0, 0, 0], 0.001, 3],
  ['the first second', [0.1, 0.5], 1, 2],
  ['half of the window', [0, 1, 2, 3, 4], 5, 1],
  ['a whole window', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 9.999, 1],
  ['more than a window', Array.from({ length: 60 }, (_, index) => index), 59.9, 1],
  ['a burst that was nine seconds ago', [1, 1, 1, 1, 1], 10, 0.5],
  ['a burst that was ten seconds ago', [1, 1, 1, 1, 1], 11, 0],
  ['a burst after a long time without any', [0, 99, 99], 99.5, 0.2],
]

describe('the rate at which messages are worked off', () => {
  for (const [what, counts, at, perSecond] of table) {
    it(`is ${perSecond} a second: ${what}`, () => {
      // Not 0 at the start: the clock is anybody's.
      const start = 5_000_000
      let now = start
      const meter = new RateMeter(() => now)
      for (const second of counts) {
        now = start + second * 1000
        meter.count()
      }
      now = start + at * 1000
      expect(meter.perSecond).to.be.closeTo(perSecond, 0.001)
    })
  }

  it('is the same however often it is read', () => {
    let now = 0
    const meter = new RateMeter(() => now)
    for (; now < 8_000; now += 500) {
      meter.count()
      void meter.perSecond
    }
    expect([meter.perSecond, meter.perSecond]).to.deep.equal([2, 2])
  })

  it('goes by the time of the process where no clock is given', () => {
    const meter = new RateMeter()
    meter.count()
    expect(meter.perSecond).to.be.above(0).and.at.most(1)
  })
})
