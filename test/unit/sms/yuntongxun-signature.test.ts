import { expect } from 'chai'
import { authorization, chinaTimestamp, reqIdOf, signature } from '../../../src/sms/yuntongxun-signature.ts'

const sid = '8a48b5514f49079e014f5b8a1d2f0000'

describe('the signature for Yuntongxun', () => {
  it('is the one of the test vector', () => {
    expect(signature(sid, '0123456789abcdef0123456789abcdef', '20260101120000')).to.equal(
      '6BE92D33EF68F0B579F138EA3E2E4929',
    )
    expect(authorization(sid, '20260101120000')).to.equal(
      'OGE0OGI1NTE0ZjQ5MDc5ZTAxNGY1YjhhMWQyZjAwMDA6MjAyNjAxMDExMjAwMDA=',
    )
  })
})

describe('chinaTimestamp', () => {
  const zone = process.env['TZ']
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })

  const zones: [string, number][] = [
    ['UTC', 0],
    ['America/New_York', 5],
    ['Asia/Shanghai', -8],
    ['Pacific/Kiritimati', -14],
  ]
  for (const [name, hours] of zones) {
    it(`is China's time on a machine in ${name}`, () => {
      process.env['TZ'] = name
      // Else the test would show nothing: the time zone must have changed.
      expect(new Date('2026-01-01T00:00:00Z').getTimezoneOffset()).to.equal(hours * 60)
      expect(chinaTimestamp(Date.parse('2026-01-01T04:00:00.999Z'))).to.equal('20260101120000')
    })
  }

  it('passes midnight, the year and a leap day', () => {
    expect(chinaTimestamp(Date.parse('2025-12-31T16:00:00Z'))).to.equal('20260101000000')
    expect(chinaTimestamp(Date.parse('2028-02-28T15:59:59Z'))).to.equal('20280228235959')
    expect(chinaTimestamp(Date.parse('2028-02-28T16:00:00Z'))).to.equal('20280229000000')
  })
})

describe('reqIdOf', () => {
  it('is a UUID without its dashes', () => {
    expect(reqIdOf('d7a3a0c2-50f7-4a35-9c5c-0d2c4b8f3f11')).to.equal('d7a3a0c250f74a359c5c0d2c4b8f3f11')
  })

  it('is 32 letters and digits for any other id, the same each time, and none shared', () => {
    const ids = ['a-b', 'ab', 'a', '任务', 'x'.repeat(255), 'd7a3a0c250f74a359c5c0d2c4b8f3f11']
    for (const id of ids) {
      expect(reqIdOf(id)).to.match(/^[\da-z]{32}$/)
      expect(reqIdOf(id)).to.equal(reqIdOf(id))
    }
    expect(new Set(ids.map(reqIdOf)).size).to.equal(ids.length)
  })
})
