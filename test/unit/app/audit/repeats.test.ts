import { expect } from 'chai'
import { Repeats } from '../../../../src/app/audit/repeats.ts'
import { anEntry } from './an-entry.ts'

const windowMs = 60_000

describe('refusals that are alike', () => {
  it('are two entries: the first one at once, and how many came after it', () => {
    const repeats = new Repeats(windowMs, 10)
    const entries = [1, 2, 3, 4].map((second) => anEntry({ at: new Date(second * 1_000), requestId: `r${second}` }))
    const first = entries.map((entry, at) => repeats.isFirst(entry, at * 1_000))
    expect(first).to.deep.equal([true, false, false, false])
    expect(repeats.ended(windowMs - 1)).to.deep.equal([])
    expect(repeats.ended(windowMs)).to.deep.equal([{ ...entries[1], times: 3, lastAt: new Date(4_000) }])
    expect(repeats.ended(Infinity)).to.deep.equal([])
  })

  it('are entries of their own where there is one, or one and another', () => {
    const repeats = new Repeats(windowMs, 10)
    repeats.isFirst(anEntry(), 0)
    expect(repeats.ended(Infinity)).to.deep.equal([])
    const second = anEntry({ requestId: 'r2' })
    repeats.isFirst(anEntry(), 0)
    repeats.isFirst(second, 1)
    expect(repeats.ended(Infinity)).to.deep.equal([second])
  })

  it('begin anew when their window has ended, also where nobody has looked', () => {
    const repeats = new Repeats(windowMs, 10)
    const second = anEntry({ requestId: 'r2' })
    expect(repeats.isFirst(anEntry(), 0)).to.equal(true)
    expect(repeats.isFirst(second, 1)).to.equal(false)
    expect(repeats.isFirst(anEntry(), windowMs)).to.equal(true)
    expect(repeats.ended(windowMs)).to.deep.equal([second])
  })

  it('are told from those of another client, account, mobile, route, reason or event', () => {
    const repeats = new Repeats(windowMs, 100)
    const others = [
      anEntry(),
      anEntry({ address: '192.0.2.8' }),
      anEntry({ address: '2001:db8:1:2::1' }),
      anEntry({ address: '2001:db8:1:3::1' }),
      anEntry({ userId: 7 }),
      anEntry({ mobile: '138****0000' }),
      anEntry({ route: 'PUT /mobile' }),
      anEntry({ reason: 'LOGIN_WRONG: disabled' }),
      anEntry({ event: 'authn_login_fail_max' }),
    ]
    expect(others.map((entry) => repeats.isFirst(entry, 0))).not.to.include(false)
    expect(repeats.isFirst(anEntry({ address: '2001:db8:1:2:ffff::9' }), 0), 'of one /64').to.equal(false)
  })

  it('are counted for so many kinds at once; the oldest ends before its time', () => {
    const repeats = new Repeats(windowMs, 2)
    const of = (userId: number) => anEntry({ userId })
    for (const userId of [1, 2]) repeats.isFirst(of(userId), 0)
    const again = of(1)
    expect(repeats.isFirst(again, 1)).to.equal(false)
    expect(repeats.isFirst(of(3), 2)).to.equal(true)
    expect(repeats.ended(3)).to.deep.equal([again])
    expect(repeats.isFirst(of(2), 3)).to.equal(false)
    expect(repeats.isFirst(of(1), 3)).to.equal(true)
  })
})
