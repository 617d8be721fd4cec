import { expect } from 'chai'
import { maskMobile } from '../../../src/sms/mask.ts'

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
