import { expect } from 'chai'
import { classOfCode, codeClasses } from '../../../src/sms/yuntongxun-codes.ts'

const expected: Record<string, readonly string[]> = {
  accepted: ['000000', '160054'],
  transient: [
    '111000',
    '111050',
    '111099',
    '111111',
    '160000',
    '160010',
    '160016',
    '160050',
    '161000',
    '161006',
    '172001',
    '172003',
  ],
  throttled: ['160038', '160039', '160040', '160041', '160015', '160021', '160022', '112314', '160056'],
  recipient: ['160042', '160013', '160034', '112317', '160051', '112310', '113302'],
  configuration: [
    '111109',
    '111106',
    '111141',
    '111142',
    '111181',
    '160032',
    '160043',
    '112311',
    '160014',
    '160053',
    // Beside the ranges, and codes that the table does not have.
    '110999',
    '111100',
    '160011',
    '160999',
    '161007',
    '172002',
    '999999',
  ],
}

describe('classOfCode', () => {
  for (const [name, codes] of Object.entries(expected)) {
    for (const code of codes) it(`takes ${code} for ${name}`, () => expect(classOfCode(code)).to.equal(name))
  }

  it('has every code once, of six digits', () => {
    const entries = [...codeClasses.values()].flat()
    expect(new Set(entries).size).to.equal(entries.length)
    for (const entry of entries) expect(entry).to.match(/^\d{6}(-\d{6})?$/)
    const single = entries.filter((entry) => !entry.includes('-')).map(Number)
    for (const range of entries.filter((entry) => entry.includes('-'))) {
      const [first = 0, last = 0] = range.split('-').map(Number)
      expect(first).to.be.below(last)
      expect(single.filter((code) => first <= code && code <= last)).to.deep.equal([])
    }
  })
})
