import { expect } from 'chai'
import { pythonRepr, tupleRepr } from '../../../src/engine/python-repr.ts'
import { PythonValue } from '../../../src/engine/python-value.ts'
import { dateFromIso, fromWire, toWire, type Json } from '../../../src/engine/wire-value.ts'

describe('values on the wire', () => {
  it('carry JSON, dates and bytes there and back', () => {
    const value = { text: 'é', list: [1, null, true], when: new Date(1e12), bytes: new Uint8Array([0, 255]) }
    expect(fromWire(JSON.parse(JSON.stringify(toWire(value, 'x'))) as never)).to.deep.equal(value)
  })

  it('carry large floats, which Python reads as floats', () => {
    for (const value of [1e21, 1e300, -Number.MAX_VALUE]) {
      expect(JSON.stringify(toWire(value, 'x'))).to.match(/e\+/)
      expect(fromWire(toWire(value, 'x'))).to.equal(value)
    }
  })

  it('have the form of kombu', () => {
    expect(toWire(new Date(0), 'x')).to.deep.equal({
      __type__: 'datetime',
      __value__: '1970-01-01T00:00:00.000000+00:00',
    })
    expect(toWire(new Uint8Array([255]), 'x')).to.deep.equal({ __type__: 'base64', __value__: '/w==' })
  })

  it('of other types of Celery are read', () => {
    const typed = (type: string, value: string): unknown => fromWire({ __type__: type, __value__: value })
    expect(typed('bytes', 'é')).to.deep.equal(new Uint8Array([0xc3, 0xa9]))
    expect(typed('decimal', '1.10')).to.deep.equal(new PythonValue('decimal', '1.10'))
    expect(typed('date', '2026-01-01')).to.deep.equal(new PythonValue('date', '2026-01-01'))
    expect(typed('other', 'v')).to.deep.equal({ __type__: 'other', __value__: 'v' })
  })

  it('are typed where kombu takes them for typed: by these two keys and no other', () => {
    for (const value of [
      { __type__: 'decimal' },
      { __type__: 'decimal', __value__: '1', more: null },
      { __value__: 1 },
    ]) {
      expect(fromWire(value)).to.deep.equal(value)
      expect(toWire(value, 'x')).to.deep.equal(value)
    }
    expect(fromWire({ __type__: 5, __value__: '1' })).to.deep.equal({ __type__: 5, __value__: '1' })
  })

  const untyped: [type: string, content: Json][] = [
    ['datetime', 'soon'],
    ['datetime', 5],
    ['bytes', null],
    ['base64', ['AA==']],
    ['date', { day: 1 }],
    ['decimal', 1.5],
  ]
  for (const [type, content] of untyped) {
    it(`are refused where they are not what they say: ${type} ${JSON.stringify(content)}`, () => {
      expect(() => fromWire([{ a: { __type__: type, __value__: content } }]))
        .to.throw('expected')
        .with.property('code', 'MESSAGE_UNREADABLE')
    })
  }

  it('are cut to what a Date holds, in any time zone', () => {
    const timeOf = (text: string): number => (fromWire({ __type__: 'datetime', __value__: text }) as Date).getTime()
    expect(timeOf('2026-01-01T12:00:00.123999+02:00')).to.equal(Date.UTC(2026, 0, 1, 10, 0, 0, 123))
    // Shanghai, before there was standard time.
    expect(timeOf('1900-01-01T00:00:00+08:05:43')).to.equal(Date.UTC(1899, 11, 31, 15, 54, 17))
    expect(timeOf('1880-01-01T00:00:00-00:01:15.000001')).to.equal(Date.UTC(1880, 0, 1, 0, 1, 15))
    expect(timeOf('0001-01-01T00:00:00')).to.equal(-62_135_596_800_000)
    expect(timeOf('2026-01-01 12:00:00')).to.equal(Date.UTC(2026, 0, 1, 12))
  })

  it('leave undefined members out', () => {
    expect(toWire({ a: undefined, b: 1 }, 'x')).to.deep.equal({ b: 1 })
  })

  class Point {
    readonly x = 1
  }
  const refused: [string, unknown, string][] = [
    ['undefined', undefined, 'came undefined'],
    ['a function', () => 1, 'came a function'],
    ['a symbol', Symbol('s'), 'came a symbol'],
    ['a bigint', 1n, 'came a bigint, which would not come back as one'],
    ['a Date after all of Python', new Date(253_402_300_800_000), 'a Date outside of the years 1 to 9999'],
    ['a Date before them', new Date(-62_135_596_800_001), 'a Date outside of the years 1 to 9999'],
    ['NaN', Number.NaN, 'came NaN'],
    ['Infinity', [Number.POSITIVE_INFINITY], 'place[0]: expected'],
    ['an integer beyond 2^53', 2 ** 53, 'would lose digits'],
    ['the last one that JSON has in digits', -999_999_999_999_999_900_000, 'would lose digits'],
    [
      'a class instance',
      { a: { b: new Point() } },
      'place.a.b: expected a JSON value, a Date, a Uint8Array or a PythonValue, came an instance of Point',
    ],
    ['an invalid Date', new Date(Number.NaN), 'an invalid Date'],
    ['the wire format itself', { __type__: 'datetime', __value__: 1, more: undefined }, '__type__ and __value__ alone'],
  ]
  for (const [name, value, expected] of refused) {
    it(`are refused: ${name}`, () => {
      expect(() => toWire(value, 'place'))
        .to.throw(expected)
        .with.property('code', 'ARGUMENT_INVALID')
    })
  }

  it('times without an offset are UTC, as Celery takes them', () => {
    expect(dateFromIso('2026-01-01T12:00:00').getTime()).to.equal(Date.UTC(2026, 0, 1, 12))
    expect(dateFromIso('2026-01-01T12:00:00.123456+02:00').getTime()).to.equal(Date.UTC(2026, 0, 1, 10, 0, 0, 123))
  })
})

describe("Python's repr", () => {
  const cases: [unknown, string][] = [
    [null, 'None'],
    [true, 'True'],
    [1.5, '1.5'],
    ["it's", `"it's"`],
    [`both ' and "`, String.raw`'both \' and "'`],
    ['a\nb', String.raw`'a\nb'`],
    [[1, 'a'], "[1, 'a']"],
    [{ a: [false] }, "{'a': [False]}"],
  ]
  for (const [value, expected] of cases) {
    it(`of ${JSON.stringify(value)} is ${expected}`, () => expect(pythonRepr(value)).to.equal(expected))
  }
  it('of a tuple', () => {
    expect(tupleRepr([])).to.equal('()')
    expect(tupleRepr([1])).to.equal('(1,)')
    expect(tupleRepr(['x'.repeat(2000)]))
      .to.have.length(1024)
      .and.to.match(/\.\.\.$/)
  })
})
