import { expect } from 'chai'
import { Reach } from '../../../../src/engine/worker/reach.ts'

const short = 1 / 256

/** Claims as often as is said, all for tasks that take such a part of a slot; tells how many each time. */
function claims(reach: Reach, times: number, part: number, room = 2): number[] {
  return Array.from({ length: times }, () => {
    const limit = reach.limit('q', room)
    for (let count = 0; count < limit; count += 1) reach.note('q', part)
    return limit
  })
}

describe('how many messages are claimed at once', () => {
  it('are as many as there are free slots, where nothing is known, or tasks are long', () => {
    const reach = new Reach(() => false)
    expect([0, 0.9, 1, 3.5].map((room) => reach.limit('q', room))).to.deep.equal([0, 0, 1, 3])
    expect(claims(reach, 3, 1)).to.deep.equal([2, 2, 2])
  })

  it('are twice as many with each call, where tasks are short, up to a bound', () => {
    expect(claims(new Reach(() => false), 9, short)).to.deep.equal([2, 2, 4, 8, 16, 32, 64, 64, 64])
  })

  it('are no more than find room', () => {
    const reach = new Reach(() => false)
    claims(reach, 8, 0.5)
    expect([2, 1.6, 1, 0.5, 0.4].map((room) => reach.limit('q', room))).to.deep.equal([4, 3, 2, 1, 0])
  })

  it('are few again after a task that is not short', () => {
    const reach = new Reach(() => false)
    claims(reach, 8, short)
    reach.note('q', 1)
    expect(claims(reach, 4, short)).to.deep.equal([2, 2, 4, 8])
  })

  it('are none while there is little room, where many could be claimed', () => {
    const reach = new Reach(() => false)
    claims(reach, 9, short)
    expect([0.2, 0.25].map((room) => reach.limit('q', room))).to.deep.equal([0, 64])
  })

  it('are each queue its own', () => {
    const reach = new Reach(() => false)
    claims(reach, 9, short)
    expect([reach.limit('q', 2), reach.limit('other', 2)]).to.deep.equal([64, 2])
  })

  it('are few while something else is in a hurry', () => {
    let hurry = false
    const reach = new Reach(() => hurry)
    claims(reach, 9, short)
    hurry = true
    expect(claims(reach, 2, short)).to.deep.equal([8, 8])
    expect([1_000, 3].map((room) => reach.limit('another', room))).to.deep.equal([8, 3])
    hurry = false
    expect(claims(reach, 1, short)).to.deep.equal([64])
  })
})
