import { expect } from 'chai'
import { outsideStrings, readJson } from '../../../src/engine/exact-json.ts'
import { WrittenNumbers } from '../../../src/engine/written-numbers.ts'
import { seededRandom } from '../../support/message-fuzz.ts'

const beyond = 'an integer beyond 2^53, which would lose digits'
const infinite = 'a number beyond 1.8e308'

describe('JSON whose numbers count', () => {
  const exact: [what: string, text: string][] = [
    ['the greatest integer', '[9007199254740991, -9007199254740991]'],
    ['large floats', '[1e300, -1.5e+300, 1.7976931348623157e308, 1E22]'],
    ['floats of many digits', '[0.30000000000000004, 5e-324, 1e-400, 123456789012345678.5]'],
    ['an integer in a text', '["9007199254740993", "1e999", "NaN", "-Infinity"]'],
    ['one behind an escaped quote', String.raw`["\"9007199254740993", "\\\"NaN", "\\"]`],
    ['one as a key', '{"9007199254740993": 1}'],
    ['zeros', '[0, -0, 0.0000000000000000]'],
    ['an integer written as a float', '[9007199254740992.0, 1e16]'],
  ]
  for (const [what, text] of exact) {
    it(`is read as it is: ${what}`, () => {
      expect(readJson(text)).to.deep.equal({ value: JSON.parse(text) as unknown, lost: null })
    })
  }

  const inexact: [what: string, text: string, value: unknown, lost: string][] = [
    ['an integer', '9007199254740993', 9_007_199_254_740_992, beyond],
    ['2^53 itself, which stands for its neighbour too', '[9007199254740992]', [2 ** 53], beyond],
    ['a negative one', '[-9007199254740993]', [-(2 ** 53)], beyond],
    ['one of 400 digits', `[${'9'.repeat(400)}]`, [Infinity], infinite],
    ['one inside', '{"a": [{"b": 12345678901234567890}]}', { a: [{ b: 12_345_678_901_234_567_000 }] }, beyond],
    ['one behind texts', String.raw`["\\", "\"", 9007199254740993]`, ['\\', '"', 2 ** 53], beyond],
    ['a float beyond all', '[1e999]', [Infinity], infinite],
    ['a negative one beyond all', '[-1E+309]', [-Infinity], infinite],
    ['one with a fraction', '[223456789012345.5e294]', [Infinity], infinite],
    ['NaN', '[1, NaN]', [1, null], 'NaN'],
    ['Infinity', '{"a": Infinity}', { a: null }, 'Infinity'],
    ['-Infinity, before NaN', '[-Infinity, NaN]', [null, null], '-Infinity'],
    ['NaN beside one that is a text', '["NaN", NaN]', ['NaN', null], 'NaN'],
  ]
  for (const [what, text, value, lost] of inexact) {
    it(`is read with what was lost: ${what}`, () => expect(readJson(text)).to.deep.equal({ value, lost }))
  }

  for (const text of ['', 'NaNa', '[NaN', '{NaN: 1}', 'nan', '[1,]', '"NaN', '-NaN-', '[01]']) {
    it(`is none: ${text}`, () => expect(() => readJson(text)).to.throw(SyntaxError))
  }

  it('is read in any depth', () => {
    const deep = (number: string): string => `${'[{"a":'.repeat(50_000)}${number}${'}]'.repeat(50_000)}`
    expect(readJson(deep('9007199254740991')).lost).to.equal(null)
    expect(readJson(deep('9007199254740993')).lost).to.equal(beyond)
  })

  it('is read in any length', () => {
    const long = JSON.stringify(['\\"é'.repeat(2_000_000), 1])
    expect(readJson(`[${long}, 9007199254740993]`)).to.have.property('lost', beyond)
  })

  it('is changed outside of its texts alone, whatever they are', () => {
    const random = seededRandom(5)
    const pieces = ['\\', '"', 'x', '7', ' ', '世', '\n', '{', ',']
    for (let round = 0; round < 2_000; round += 1) {
      const texts = Array.from({ length: 3 }, () =>
        Array.from({ length: Math.floor(random() * 6) }, () => pieces[Math.floor(random() * pieces.length)]).join(''),
      )
      const json = JSON.stringify([7, texts, { [texts[0] ?? '']: 7 }])
      const changed = outsideStrings(json, (part) => part.replaceAll('7', '8'))
      expect(JSON.parse(changed)).to.deep.equal([8, texts, { [texts[0] ?? '']: 8 }])
    }
  })
})

describe('numbers that are to stay as they were written', () => {
  it('come out as they went in', () => {
    const numbers = new WrittenNumbers()
    const text = '{"a":[1.0,-0.0,1E5,1180591620717411303424,7,1.5],"1.0":"1.0 1180591620717411303424"}'
    expect(numbers.show(JSON.stringify(JSON.parse(numbers.hide(text))))).to.equal(text)
  })

  it('leave a text without any as it is', () => {
    const numbers = new WrittenNumbers()
    const text = '{"a":[1,2.5,"1.0"]}'
    expect([numbers.hide(text), numbers.show(text)]).to.deep.equal([text, text])
  })
})
