import { expect } from 'chai'
import { language } from '../../../../src/web/language.ts'
import {
  count,
  duration,
  minuteOfDay,
  percent,
  rate,
  size,
  time,
  UNKNOWN,
} from '../../../../src/web/monitor/figures.ts'

describe("the dashboard's figures", () => {
  afterEach(() => (language.value = 'zh'))

  const DURATIONS: [number, string][] = [
    [-5, '0 ms'],
    [0, '0 ms'],
    [0.04, '0.0 ms'],
    [1.25, '1.3 ms'],
    [9.96, '10 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [9_994, '9.99 s'],
    [9_996, '10.0 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 00 s'],
    [119_700, '2 min 00 s'],
    [3_599_400, '59 min 59 s'],
    [3_599_600, '1 h 00 min'],
    [86_399_000, '1 d 00 h'],
    [100_000_000, '1 d 04 h'],
  ]
  for (const [ms, text] of DURATIONS) it(`writes ${ms} ms as ${text}`, () => expect(duration(ms)).to.equal(text))

  it('groups digits, and rounds', () => {
    expect(count(0)).to.equal('0')
    expect(count(1_234_567)).to.equal('1,234,567')
    expect(rate(0.04)).to.equal('0.0 /s')
    expect(rate(99.94)).to.equal('99.9 /s')
    expect(rate(12_345.6)).to.equal('12,346 /s')
    expect(percent(0.256)).to.equal('26 %')
    expect(percent(1)).to.equal('100 %')
  })

  it('writes sizes in powers of 1024', () => {
    expect(size(1_023)).to.equal('1,023 B')
    expect(size(1_536)).to.equal('1.5 KiB')
    expect(size(300 * 1024 ** 2)).to.equal('300 MiB')
    expect(size(2.5 * 1024 ** 3)).to.equal('2.5 GiB')
  })

  it('writes a dash for what is not known', () => {
    for (const write of [count, rate, percent, duration, size, time]) {
      expect(write(null)).to.equal(UNKNOWN)
      expect(write(undefined)).to.equal(UNKNOWN)
      expect(write(Number.NaN)).to.equal(UNKNOWN)
    }
  })

  it('writes times of day in 24 hours, and dates where they are far', () => {
    const at = new Date(2026, 2, 4, 0, 7, 9).getTime()
    expect(time(at, at + 1000)).to.equal('00:07:09')
    expect(time(at, at + 3 * 86_400_000)).to.match(/^0?3\D0?4\D+00:07:09$/)
    expect(minuteOfDay(at)).to.equal('00:07')
    language.value = 'en'
    expect(time(at, at + 1000)).to.equal('00:07:09')
    expect(minuteOfDay(at)).to.equal('00:07')
  })
})
