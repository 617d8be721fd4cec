import { expect } from 'chai'
import { pythonRepr, tupleRepr } from '../../../src/engine/python-repr.ts'
import { dateFromIso, fromWire, toWire } from '../../../src/engine/wire-value.ts'

describe('values on the wire', () => {
  it('carry JSON, dates and bytes there and back', () => {
    const value = { text: 'é', list: [1, null, true], when: new Date(1e12), bytes: new Uint8Array([0, 255]) }
    expect(fromWire(JSON.parse(JSON.stringify(toWire(value, 'x'))) as never)).to.deep.equal(value)
  })

  it('have the form of kombu', () => {
    expect(toWire(new Date(0), 'x')).to.deep.equal({ __type__: 'datetime', __value__: '1970-01-01T00:00:00.000+00:00' })
    expect(toWire(new Uint8Array([255]), 'x')).to.deep.equal({ __type__: 'base64', __value__: '/w==' })
  })

  it('of other types of Celery are read', () => {
    const typed = (type: string, value: string): unknown => fromWire({ __type__: type, __value__: value })
    expect(typed('bytes', 'é')).to.deep.equal(new Uint8Array([0xc3, 0xa9]))
    expect(typed('decimal', '1.10')).to.equal('1.10')
    expect(typed('uuid', 'u')).to.equal('u')
    expect(typed('date', '2026-01-01')).to.equal('2026-01-01')
    expect(typed('other', 'v')).to.deep.equal({ __type__: 'other', __value__: 'v' })
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
    ['a bigint', 1n, 'came a bigint'],
    ['NaN', Number.NaN, 'came NaN'],
    ['Infinity', [Number.POSITIVE_INFINITY], 'place[0]: expected'],
    ['an integer beyond 2^53', 2 ** 53, 'would lose digits'],
    [
      'a class instance',
      { a: { b: new Point() } },
      'place.a.b: expected a JSON value, a Date or a Uint8Array, came an instance of Point',
    ],
    ['an invalid Date', new Date(Number.NaN), 'an invalid Date'],
    ['the wire format itself', { __type__: 'datetime' }, '__type__'],
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
