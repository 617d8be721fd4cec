import { expect } from 'chai'
import { Breaker } from '../../../src/sms/breaker.ts'
import { HealthBoard } from '../../../src/sms/health-board.ts'

describe('a breaker that is tried again', () => {
  let now = 0
  const row = (): ReturnType<HealthBoard['row']> => new HealthBoard(['aliyun']).row(0)
  const breakerOf = (cells: ReturnType<typeof row>): Breaker =>
    new Breaker(cells, { failures: 1, openMs: 100 }, () => now)

  it('lets one message through at a time, and the next after a minute where that one never ended', () => {
    now = 5
    const cells = row()
    const [one, other] = [breakerOf(cells), breakerOf(cells)]
    one.failed()
    expect([one.enter(), one.opensInMs]).to.deep.equal([false, 100])
    now += 100
    expect([one.enter(), other.enter(), one.enter(), cells.breaker]).to.deep.equal([true, false, false, 'probing'])
    now += 59_999
    expect(other.enter()).to.equal(false)
    now += 1
    expect([other.enter(), one.enter()]).to.deep.equal([true, false])
    other.succeeded()
    expect([one.enter(), other.enter(), cells.breaker]).to.deep.equal([true, true, 'closed'])
  })

  it('goes on with the next message where one found out nothing', () => {
    const cells = row()
    const breaker = breakerOf(cells)
    breaker.failed()
    now += 100
    expect(breaker.enter()).to.equal(true)
    breaker.undecided()
    expect([cells.breaker, breaker.enter()]).to.deep.equal(['open', true])
    breaker.succeeded()
    breaker.undecided()
    expect(cells.breaker).to.equal('closed')
  })
})
