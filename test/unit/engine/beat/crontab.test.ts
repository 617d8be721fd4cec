import { expect } from 'chai'
import { Crontab, type CrontabFields } from '../../../../src/engine/beat/crontab.ts'
import { TimeZone } from '../../../../src/engine/beat/time-zone.ts'
import { EngineError } from '../../../../src/engine/errors.ts'

/** The ticks of a crontab after a time, in ISO 8601 without seconds. */
function ticks(fields: CrontabFields, zone: string, after: string, count: number): string[] {
  const crontab = new Crontab(fields, new TimeZone(zone))
  const found: string[] = []
  let tick = Date.parse(after)
  for (let number = 0; number < count; number += 1) {
    tick = crontab.next(tick)
    found.push(new Date(tick).toISOString().replace(/:00\.000Z$/, 'Z'))
  }
  return found
}

describe('a crontab', () => {
  it('is due in each minute that all of its fields name, never at the time that it is asked about', () => {
    expect(ticks({ minute: '*/20', hour: 9 }, 'UTC', '2026-05-05T09:20:00Z', 3)).to.deep.equal([
      '2026-05-05T09:40Z',
      '2026-05-06T09:00Z',
      '2026-05-06T09:20Z',
    ])
    expect(ticks({}, 'UTC', '2026-12-31T23:58:59.999Z', 2)).to.deep.equal(['2026-12-31T23:59Z', '2027-01-01T00:00Z'])
  })

  it('wants the day of the month and of the week at once', () => {
    const fields = { minute: 0, hour: 4, dayOfMonth: '1-7', dayOfWeek: 'mon' }
    expect(ticks(fields, 'UTC', '2026-01-01T00:00:00Z', 3)).to.deep.equal([
      '2026-01-05T04:00Z',
      '2026-02-02T04:00Z',
      '2026-03-02T04:00Z',
    ])
  })

  it('knows the ends of months, and leap years', () => {
    const at = { minute: 0, hour: 0 }
    expect(ticks({ ...at, dayOfMonth: 31 }, 'UTC', '2026-01-31T00:00:00Z', 3)).to.deep.equal([
      '2026-03-31T00:00Z',
      '2026-05-31T00:00Z',
      '2026-07-31T00:00Z',
    ])
    expect(ticks({ ...at, dayOfMonth: 29, monthOfYear: 'feb' }, 'UTC', '2096-01-01T00:00:00Z', 3)).to.deep.equal([
      '2096-02-29T00:00Z',
      '2104-02-29T00:00Z',
      '2108-02-29T00:00Z',
    ])
    const monday = { ...at, dayOfMonth: 29, monthOfYear: 2, dayOfWeek: 1 }
    expect(ticks(monday, 'UTC', '2072-03-01T00:00:00Z', 2)).to.deep.equal(['2112-02-29T00:00Z', '2140-02-29T00:00Z'])
  })

  it('refuses days that do not exist, and bad fields', () => {
    const make = (fields: CrontabFields) => () => new Crontab(fields, new TimeZone('UTC'))
    expect(make({ dayOfMonth: 30, monthOfYear: 2 })).to.throw(
      EngineError,
      'dayOfMonth: expected a day that these months',
    )
    expect(make({ dayOfMonth: 31, monthOfYear: 'apr,jun,sep,nov' })).to.throw(EngineError)
    expect(make({ dayOfMonth: 31, monthOfYear: '1,2' })).not.to.throw()
    expect(make({ hour: '25' })).to.throw(EngineError, 'hour: expected')
  })

  describe('when clocks are set forward', () => {
    it('runs what they skip as much later, once (Europe/Berlin, 2026-03-29, 2 to 3)', () => {
      expect(ticks({ minute: 30, hour: 2 }, 'Europe/Berlin', '2026-03-28T00:00:00Z', 3)).to.deep.equal([
        '2026-03-28T01:30Z',
        '2026-03-29T01:30Z',
        '2026-03-30T00:30Z',
      ])
      expect(ticks({ minute: 30, hour: '2,3' }, 'Europe/Berlin', '2026-03-29T00:00:00Z', 2)).to.deep.equal([
        '2026-03-29T01:30Z',
        '2026-03-30T00:30Z',
      ])
    })

    it('does so in America/New_York (2026-03-08, 2 to 3)', () => {
      expect(ticks({ minute: '0,59', hour: 2 }, 'America/New_York', '2026-03-08T00:00:00Z', 3)).to.deep.equal([
        '2026-03-08T07:00Z',
        '2026-03-08T07:59Z',
        '2026-03-09T06:00Z',
      ])
    })

    it('keeps its pace where it runs all the time', () => {
      expect(ticks({ minute: '*/30' }, 'Europe/Berlin', '2026-03-29T00:10:00Z', 4)).to.deep.equal([
        '2026-03-29T00:30Z',
        '2026-03-29T01:00Z',
        '2026-03-29T01:30Z',
        '2026-03-29T02:00Z',
      ])
    })

    it('keeps the order of time where they are set by half an hour (Australia/Lord_Howe, 2026-10-04, 2 to 2:30)', () => {
      expect(ticks({ minute: '10,35', hour: 2 }, 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 3)).to.deep.equal([
        '2026-10-03T15:35Z',
        '2026-10-03T15:40Z',
        '2026-10-04T15:10Z',
      ])
    })

    it('runs on a day that a place has left out, a day later (Pacific/Apia, 2011-12-30)', () => {
      const fields = { minute: 0, hour: 12, dayOfMonth: 30, monthOfYear: 12 }
      expect(ticks(fields, 'Pacific/Apia', '2011-12-01T00:00:00Z', 2)).to.deep.equal([
        '2011-12-30T22:00Z',
        '2012-12-29T22:00Z',
      ])
    })
  })

  describe('when clocks are set back', () => {
    it('runs once what comes twice, the first time (Europe/Berlin, 2026-10-25, 3 to 2)', () => {
      expect(ticks({ minute: 30, hour: 2 }, 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).to.deep.equal([
        '2026-10-25T00:30Z',
        '2026-10-26T01:30Z',
      ])
      expect(ticks({ minute: 30, hour: '1-3' }, 'Europe/Berlin', '2026-10-24T22:00:00Z', 3)).to.deep.equal([
        '2026-10-24T23:30Z',
        '2026-10-25T00:30Z',
        '2026-10-25T02:30Z',
      ])
    })

    it('does so in America/New_York (2026-11-01, 2 to 1)', () => {
      expect(ticks({ minute: 0, hour: 1 }, 'America/New_York', '2026-10-31T12:00:00Z', 2)).to.deep.equal([
        '2026-11-01T05:00Z',
        '2026-11-02T06:00Z',
      ])
    })

    it('keeps its pace where it runs every hour', () => {
      expect(ticks({ minute: 15 }, 'Europe/Berlin', '2026-10-24T23:00:00Z', 4)).to.deep.equal([
        '2026-10-24T23:15Z',
        '2026-10-25T00:15Z',
        '2026-10-25T01:15Z',
        '2026-10-25T02:15Z',
      ])
    })

    it('goes on from within the hour that comes twice', () => {
      expect(ticks({ minute: '*/30' }, 'Europe/Berlin', '2026-10-25T01:10:00Z', 2)).to.deep.equal([
        '2026-10-25T01:30Z',
        '2026-10-25T02:00Z',
      ])
      expect(ticks({ minute: 30, hour: 2 }, 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).to.deep.equal([
        '2026-10-26T01:30Z',
      ])
    })
  })

  it('counts what is due, and gives the newest', () => {
    const crontab = new Crontab({ minute: 0 }, new TimeZone('UTC'))
    const [from, to] = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-01-02T00:00:00Z')]
    expect(crontab.due(from, to, 2)).to.deep.equal({ newest: [to - 3_600_000, to], count: 24 })
    expect(crontab.due(from, from + 3_599_999, 2)).to.deep.equal({ newest: [], count: 0 })
  })

  it('finds the newest behind more than it counts', () => {
    const crontab = new Crontab({}, new TimeZone('Europe/Berlin'))
    const to = Date.parse('2026-03-29T01:02:30Z')
    const { newest, count } = crontab.due(Date.parse('2025-01-01T00:00:00Z'), to, 100)
    expect(newest.length).to.equal(100)
    expect(newest.at(-1)).to.equal(Date.parse('2026-03-29T01:02:00Z'))
    expect(newest[0]).to.equal(Date.parse('2026-03-28T23:23:00Z'))
    expect(count).to.equal(10_000)
  })

  it('is the same however its fields are written, and another in another zone', () => {
    const identity = (fields: CrontabFields, zone = 'UTC') => new Crontab(fields, new TimeZone(zone)).identity
    expect(identity({ minute: '*/15', dayOfWeek: 'sun-sat' })).to.equal(identity({ minute: [0, 15, 30, 45] }))
    expect(identity({ minute: 5 })).not.to.equal(identity({ minute: 5 }, 'Europe/Berlin'))
    expect(identity({ minute: 5 })).not.to.equal(identity({ hour: 5 }))
  })
})

describe('a time zone', () => {
  it('has a name that is known', () => {
    for (const name of ['Europe/Berlin', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires', 'UTC']) {
      expect(new TimeZone(name).name).to.equal(name)
    }
    for (const name of ['', 'Europe/Nowhere', '+01:00', 'Europe/Berlin ', 5, null, 'x'.repeat(100)]) {
      expect(() => new TimeZone(name)).to.throw(EngineError, 'timezone: expected the name of a time zone')
    }
  })

  it('tells the offset of each moment, at a change to the millisecond', () => {
    const zone = new TimeZone('Europe/Berlin')
    const change = Date.parse('2026-03-29T01:00:00Z')
    expect([change - 1, change].map((time) => zone.offset(time) / 3_600_000)).to.deep.equal([1, 2])
    expect(zone.offset(-1)).to.equal(3_600_000)
  })
})
