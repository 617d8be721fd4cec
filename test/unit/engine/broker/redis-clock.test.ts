import { expect } from 'chai'
import { RedisClock } from '../../../../src/engine/broker/redis-clock.ts'

describe("the broker's clock", () => {
  const real = Date.now
  let here = 0
  beforeEach(() => {
    here = 1_700_000_000_000
    Date.now = () => here
  })
  afterEach(() => {
    Date.now = real
  })

  it("is this machine's before the first answer", () => {
    const clock = new RedisClock()
    expect(clock.now()).to.equal(here)
    here += 5
    expect(clock.now()).to.equal(1_700_000_000_005)
  })

  for (const [what, ahead] of [
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
    ['the same', 0],
  ] as const) {
    it(`goes on from the server's last answer: ${what}`, () => {
      const clock = new RedisClock()
      clock.observe(here + ahead)
      expect(clock.now()).to.equal(here + ahead)
      here += 1_500
      expect(clock.now()).to.equal(here + ahead)
    })
  }

  it('goes by the last answer, whatever came before', () => {
    const clock = new RedisClock()
    clock.observe(here + 1_000)
    clock.observe(here - 1_000)
    expect(clock.now()).to.equal(here - 1_000)
  })

  it("is wrong after a step of this machine's clock no longer than until the next answer", () => {
    const clock = new RedisClock()
    const server = here
    clock.observe(server)
    here -= 60_000
    expect(clock.now()).to.equal(server - 60_000)
    clock.observe(server + 10)
    expect(clock.now()).to.equal(server + 10)
  })
})
