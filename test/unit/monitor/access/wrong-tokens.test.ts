import { expect } from 'chai'
import { WrongTokens } from '../../../../src/monitor/access/wrong-tokens.ts'

describe('the budget of wrong tokens', () => {
  function budget() {
    let now = 0
    return { wrong: new WrongTokens(() => now), pass: (milliseconds: number) => void (now += milliseconds) }
  }

  it('is ten in ten minutes for an address, and has room again one by one', () => {
    const { wrong, pass } = budget()
    for (let tries = 0; tries < 10; tries += 1) {
      expect(wrong.waitSeconds('a')).to.equal(0)
      wrong.note('a')
      pass(1_000)
    }
    expect(wrong.waitSeconds('a')).to.equal(590)
    expect(wrong.waitSeconds('b')).to.equal(0)
    pass(589_999)
    expect(wrong.waitSeconds('a')).to.equal(1)
    pass(1)
    expect(wrong.waitSeconds('a')).to.equal(0)
    wrong.note('a')
    expect(wrong.waitSeconds('a')).to.equal(1)
  })

  it('remembers a bounded number of addresses', () => {
    const { wrong } = budget()
    for (let tries = 0; tries < 10; tries += 1) wrong.note('first')
    for (let other = 0; other < 9_999; other += 1) wrong.note(`address ${other}`)
    expect(wrong.waitSeconds('first')).to.equal(600)
    wrong.note('one too many')
    expect(wrong.waitSeconds('first')).to.equal(0)
  })
})
