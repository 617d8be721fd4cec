import { expect } from 'chai'
import type { Brief } from '../../../../src/engine/pool/brief-lane.ts'
import { BriefQueue } from '../../../../src/engine/pool/brief-queue.ts'

const brief = (key: number): Brief =>
  ({ job: { key }, resolve: () => {}, costMs: 1, since: 0, deaths: 0, watch: null }) as unknown as Brief
const keys = (briefs: Iterable<Brief>): number[] => [...briefs].map(({ job }) => job.key)

describe('short jobs that have no place', () => {
  let queue: BriefQueue

  beforeEach(() => (queue = new BriefQueue()))

  it('are gathered, and wait in their order when they are admitted', () => {
    expect([1, 2].map((key) => queue.gather(brief(key)))).to.deep.equal([true, false])
    expect(queue).to.have.length(0)
    expect(queue.oldest).to.equal(Infinity)
    const before = performance.now()
    expect(queue.admit()).to.equal(true)
    expect(queue.admit()).to.equal(false)
    expect(keys(queue)).to.deep.equal([1, 2])
    expect(queue.oldest).to.be.within(before, performance.now())
    expect(queue.gather(brief(3))).to.equal(true)
  })

  it('come first where they were taken back, and leave from the front', () => {
    queue.gather(brief(1))
    queue.admit()
    queue.putFirst([brief(2), brief(3)])
    expect(keys(queue)).to.deep.equal([2, 3, 1])
    queue.leave(2)
    expect(keys(queue)).to.deep.equal([1])
  })

  it('are taken out by their key, gathered or waiting', () => {
    queue.gather(brief(1))
    queue.admit()
    queue.gather(brief(2))
    expect(keys(queue.takeOut(1))).to.deep.equal([1])
    expect(keys(queue.takeOut(2))).to.deep.equal([2])
    expect(keys(queue.takeOut(3))).to.deep.equal([])
    expect(queue).to.have.length(0)
    expect(queue.admit()).to.equal(false)
  })

  it('are taken out when they have waited for long', () => {
    queue.putFirst([brief(1), { ...brief(2), since: 20 }, { ...brief(3), since: 10 }])
    expect(keys(queue.takeLate(10))).to.deep.equal([1, 3])
    expect(keys(queue)).to.deep.equal([2])
    expect(keys(queue.takeLate(10))).to.deep.equal([])
  })

  it('are all taken out at the end', () => {
    queue.gather(brief(1))
    queue.admit()
    queue.gather(brief(2))
    expect(keys(queue.takeAll())).to.deep.equal([1, 2])
    expect(queue).to.have.length(0)
    expect(queue.admit()).to.equal(false)
  })
})
