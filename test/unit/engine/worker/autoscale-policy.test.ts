import { expect } from 'chai'
import { remember, wantedSize, type Demand } from '../../../../src/engine/worker/autoscale-policy.ts'

/** What is wanted after each figure of what is needed, one a second, where each counts for three seconds. */
function sizes(figures: readonly number[], bounds = { max: 10, min: 2 }): number[] {
  let demand: Demand[] = []
  return figures.map((needed, second) => {
    demand = remember(demand, { at: second * 1000, needed }, 3_000)
    return wantedSize(demand, bounds)
  })
}

describe('how a pool scales', () => {
  it('grows at once to what is needed, up to the most', () => {
    expect(sizes([0, 3, 7, 50])).to.deep.equal([2, 3, 7, 10])
  })

  it('shrinks when less was needed for a while, to the most that was needed meanwhile, down to the least', () => {
    expect(sizes([8, 1, 5, 0, 0, 0, 0])).to.deep.equal([8, 8, 8, 5, 5, 2, 2])
  })

  it('does not shrink while what is needed comes and goes', () => {
    expect(sizes([6, 0, 0, 6, 0, 0, 6])).to.deep.equal(Array.from({ length: 7 }, () => 6))
  })

  it('gives a part of a slot a whole one', () => {
    expect(sizes([2.1, 3])).to.deep.equal([3, 3])
  })

  it('has the least where nothing is known, and stays where the bounds leave no choice', () => {
    expect(wantedSize([], { max: 5, min: 4 })).to.equal(4)
    expect(sizes([0, 9, 0], { max: 4, min: 4 })).to.deep.equal([4, 4, 4])
  })

  it('remembers no more figures than can matter', () => {
    let demand: Demand[] = []
    for (let at = 0; at < 1_000; at += 1) demand = remember(demand, { at, needed: at % 7 }, 60_000)
    expect(demand.length).to.be.at.most(7)
  })
})
