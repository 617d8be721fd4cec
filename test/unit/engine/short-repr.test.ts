import { expect } from 'chai'
import { pythonRepr } from '../../../src/engine/python-repr.ts'
import { cutAt } from '../../../src/engine/python-repr.ts'
import { shortRepr } from '../../../src/engine/short-repr.ts'
import type { Json } from '../../../src/engine/wire-value.ts'

describe('a short repr', () => {
  const values: Json[] = [5, null, true, 'it\'s "x"', [], {}, [1, ['a', null]], { a: [1], b: { c: false } }, '']
  for (const value of values) {
    it(`is the whole one where there is room: ${JSON.stringify(value)}`, () => {
      expect(shortRepr(value, 100)).to.equal(pythonRepr(value))
      expect(shortRepr(value, pythonRepr(value).length)).to.equal(pythonRepr(value))
    })
  }

  it('begins like the whole one and is never longer than it may be', () => {
    const long: Json = { key: ['x'.repeat(30), 1.5, { deep: [[[null, 'end']]] }], ['k'.repeat(50)]: 'y' }
    const whole = pythonRepr(long)
    for (let limit = 3; limit < whole.length; limit += 1) {
      // A text that is cut within itself ends with its quote before the dots are put over it.
      expect(shortRepr(long, limit))
        .to.have.length(limit)
        .and.to.match(/\.\.\.$/)
      expect(whole).to.satisfy((text: string) => text.startsWith(shortRepr(long, limit).slice(0, -3)))
    }
  })

  it('does not look at what it cuts off', () => {
    const list: Json[] = ['x'.repeat(20)]
    Object.defineProperty(list, 1, { get: () => expect.fail('it was looked at'), enumerable: true })
    expect(shortRepr(list, 10)).to.equal("['xxxxx...")
  })

  it('ends of a value that is very deep', () => {
    let deep: Json = []
    for (let level = 0; level < 400; level += 1) deep = [deep]
    expect(shortRepr(deep, 10)).to.equal('[[[[[[[...')
  })

  it('cuts texts', () => {
    expect(cutAt('abcd', 4)).to.equal('abcd')
    expect(cutAt('abcde', 4)).to.equal('a...')
  })
})
