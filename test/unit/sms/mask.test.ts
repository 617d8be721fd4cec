import { expect } from 'chai'
import { maskMobile, maskPrefix } from '../../../src/sms/mask.ts'

describe('maskMobile', () => {
  const cases: [unknown, string][] = [
    ['13800000000', '138****0000'],
    ['+8613812345678', '+86****5678'],
    ['1380000000', '***'],
    ['', '***'],
    [13800000000, '***'],
    [undefined, '***'],
  ]
  for (const [mobile, masked] of cases) {
    it(`shows ${JSON.stringify(mobile)} as ${masked}`, () => expect(maskMobile(mobile)).to.equal(masked))
  }
})

describe('maskPrefix', () => {
  it('shows of what mobiles begin with no digit that a masked one hides', () => {
    const mobile = '13812345678'
    expect(maskPrefix(mobile.slice(0, 7))).to.equal('138****')
    expect(maskMobile(mobile).startsWith(maskPrefix(mobile.slice(0, 7)))).to.equal(true)
  })
})
