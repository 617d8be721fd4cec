import { expect } from 'chai'
import { retryAfterMs } from '../../../src/sms/retry-after.ts'

const now = Date.parse('2026-01-01T12:00:00Z')

describe('retryAfterMs', () => {
  const cases: [string, Parameters<typeof retryAfterMs>[0], number | undefined][] = [
    ['no header', {}, undefined],
    ['an empty header', { 'retry-after': ' ' }, undefined],
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['no wait', { 'retry-after': '0' }, 0],
    ['a wait over the bound', { 'retry-after': '9'.repeat(400) }, 3_600_000],
    ['a date, by our clock', { 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, 30_000],
    [
      'a date, by the clock of the other side',
      { 'retry-after': 'Thu, 01 Jan 2026 20:00:30 GMT', date: 'Thu, 01 Jan 2026 20:00:00 GMT' },
      30_000,
    ],
    ['a date that is over', { 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, 0],
    ['a date over the bound', { 'retry-after': 'Fri, 01 Jan 2027 12:00:00 GMT' }, 3_600_000],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
  ]
  for (const [what, headers, wait] of cases) {
    it(`reads ${what}`, () => expect(retryAfterMs(headers, now)).to.equal(wait))
  }
})
