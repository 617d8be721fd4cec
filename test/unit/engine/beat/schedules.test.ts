import { expect } from 'chai'
import { readSchedule } from '../../../../src/engine/beat/read-schedule.ts'
import { maxAheadMs, planTicks, type MissedPolicy } from '../../../../src/engine/beat/tick-plan.ts'
import { EngineError } from '../../../../src/engine/errors.ts'

describe('a schedule as it is given', () => {
  const same: readonly (readonly [unknown, string])[] = [
    [30, 'every 30000'],
    [{ every: 0.5 }, 'every 500'],
    ['*/30 4 * * mon', 'crontab 0,30 4 * * 1 Asia/Tokyo'],
    ['  0   0 1 1 *  ', 'crontab 0 0 1 1 * Asia/Tokyo'],
    [{ cron: '0 4 * * *', timezone: 'UTC' }, 'crontab 0 4 * * * UTC'],
    [{ cron: '0 4 * * *' }, 'crontab 0 4 * * * Asia/Tokyo'],
    [{ hour: 4, minute: 0, dayOfWeek: [1, 2] }, 'crontab 0 4 * * 1,2 Asia/Tokyo'],
    [{ hour: 4, timezone: 'Europe/Berlin' }, 'crontab * 4 * * * Europe/Berlin'],
  ]
  for (const [given, identity] of same) {
    it(`${JSON.stringify(given)} is ${identity}`, () =>
      expect(readSchedule(given, 'Asia/Tokyo').identity).to.equal(identity))
  }

  const bad: readonly (readonly [unknown, string])[] = [
    [undefined, 'schedule: expected seconds, a line of five fields'],
    [null, 'schedule: expected'],
    [{}, 'schedule: expected'],
    [{ timezone: 'UTC' }, 'schedule: expected'],
    [[5], 'schedule: expected'],
    [0, 'every: expected seconds, from 0.1'],
    [Number.NaN, 'every: expected seconds'],
    [{ every: '5' }, 'every: expected seconds'],
    [{ every: 400_000_000 }, 'every: expected seconds'],
    [{ every: 5, timezone: 'UTC' }, 'schedule.timezone: expected one of every, came "timezone"'],
    ['* * * *', 'schedule: expected five fields'],
    ['* * * * * *', 'schedule: expected five fields'],
    ['@daily', 'schedule: expected five fields'],
    [{ cron: 5 }, 'cron: expected five fields'],
    [{ cron: '* * * * *', hour: 4 }, 'schedule.hour: expected one of cron, timezone'],
    [{ hours: 4 }, 'schedule.hours: expected one of minute, hour'],
    [{ hour: 4, timezone: 'Nowhere' }, 'timezone: expected'],
    ['61 * * * *', 'minute: expected'],
  ]
  for (const [given, message] of bad) {
    it(`refuses ${JSON.stringify(given)}`, () =>
      expect(() => readSchedule(given, 'UTC')).to.throw(EngineError, message))
  }

  it('is shown as it was written', () => {
    expect(readSchedule({ minute: '*/5', hour: [1, 2] }, 'UTC').text).to.equal('*/5 1,2 * * * UTC')
    expect(readSchedule(90, 'UTC').text).to.equal('every 90 s')
  })
})

describe('what is done about ticks', () => {
  const every = readSchedule(10, 'UTC')
  const start = Date.parse('2026-01-01T00:00:00Z')
  const at = (seconds: number): number => start + seconds * 1000
  const plan = (policy: MissedPolicy, nowSeconds: number, last = start, maxMissed = 3) =>
    planTicks(every, last, at(nowSeconds), { policy, lateMs: 5_000, maxMissed })

  it('is nothing before the first is due', () => expect(plan('once', 9.999)).to.equal(null))

  for (const policy of ['skip', 'once', 'all'] as const) {
    it(`sends one that is due, or a little late, with ${policy}`, () => {
      const expected = { last: at(10), send: [at(10)], missed: 0, isReset: false }
      expect(plan(policy, 10)).to.deep.equal(expected)
      expect(plan(policy, 15)).to.deep.equal(expected)
    })
  }

  it('after a time without a scheduler sends none, one, or each', () => {
    expect(plan('skip', 37)).to.deep.equal({ last: at(30), send: [], missed: 3, isReset: false })
    expect(plan('once', 37)).to.deep.equal({ last: at(30), send: [at(30)], missed: 2, isReset: false })
    expect(plan('all', 37)).to.deep.equal({ last: at(30), send: [at(10), at(20), at(30)], missed: 0, isReset: false })
  })

  it('with skip sends the newest, where that is not late', () => {
    expect(plan('skip', 34)).to.deep.equal({ last: at(30), send: [at(30)], missed: 2, isReset: false })
  })

  it('with all sends no more than its bound, the newest', () => {
    expect(plan('all', 1_000_005)).to.deep.equal({
      last: at(1_000_000),
      send: [at(999_980), at(999_990), at(1_000_000)],
      missed: 99_997,
      isReset: false,
    })
  })

  it('goes on in its pace, however late a tick was', () => {
    expect(every.next(plan('once', 37)?.last ?? 0)).to.equal(at(40))
  })

  describe('where the clock is set back', () => {
    it('waits until it has come as far as it was', () => {
      expect(plan('all', -3_599, start)).to.equal(null)
      expect(plan('all', 9, at(0))).to.equal(null)
    })

    it('begins afresh where that is too far', () => {
      const now = (start - maxAheadMs) / 1000 - 1 - start / 1000
      expect(plan('all', now)).to.deep.equal({ last: at(now), send: [], missed: 0, isReset: true })
    })
  })

  it('counts a clock that is set forward as time without a scheduler', () => {
    const daily = readSchedule('0 4 * * *', 'UTC')
    const far = Date.parse('2026-02-01T00:00:00Z')
    const rules = { lateMs: 5_000, maxMissed: 2 }
    const [before, newest] = [Date.parse('2026-01-30T04:00:00Z'), Date.parse('2026-01-31T04:00:00Z')]
    expect(planTicks(daily, start, far, { ...rules, policy: 'all' })).to.deep.include({
      send: [before, newest],
      missed: 29,
    })
    expect(planTicks(daily, start, far, { ...rules, policy: 'once' })).to.deep.include({ send: [newest], missed: 30 })
    expect(planTicks(daily, start, far, { ...rules, policy: 'skip' })).to.deep.include({ send: [], missed: 31 })
  })
})
