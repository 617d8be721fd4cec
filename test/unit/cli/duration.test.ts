import { expect } from 'chai'
import { readDuration, shortDuration } from '../../../src/cli/duration.ts'

describe('a length of time', () => {
  it('is read with its unit', () => {
    expect(['90s', '30m', '12h', '7d', '0s'].map(readDuration)).to.deep.equal([
      90_000, 1_800_000, 43_200_000, 604_800_000, 0,
    ])
  })
  for (const text of ['', '7', 'd', '7 d', '-7d', '1.5h', '7w', '7D', '1e3s', '1234567890s']) {
    it(`is not read from ${JSON.stringify(text)}`, () => expect(readDuration(text)).to.equal(null))
  }
  it('is shown in at most four characters, rounded down', () => {
    const cases: [milliseconds: number, text: string][] = [
      [-5_000, '0s'],
      [0, '0s'],
      [59_999, '59s'],
      [60_000, '1m'],
      [3_599_999, '59m'],
      [3_600_000, '1h'],
      [86_399_999, '23h'],
      [86_400_000, '1d'],
      [999 * 86_400_000, '999d'],
      [10_000 * 86_400_000, '27y'],
    ]
    for (const [milliseconds, text] of cases) expect(shortDuration(milliseconds)).to.equal(text)
  })
})
