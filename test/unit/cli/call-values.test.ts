import { expect } from 'chai'
import {
  readArgs,
  readExpiry,
  readKwargs,
  readPriority,
  readSeconds,
  readSerializer,
  readTime,
} from '../../../src/cli/call-values.ts'
import { CommandError } from '../../../src/cli/command-error.ts'

function thrownBy(read: () => unknown): Error {
  try {
    read()
  } catch (error) {
    return error as Error
  }
  throw new Error('expected it to throw')
}

describe('the arguments of lovage call', () => {
  it('are a list, and an object', () => {
    expect(readArgs('[1, "two", {"a": [null]}]')).to.deep.equal([1, 'two', { a: [null] }])
    expect(readKwargs('{"to": "me", "__proto__": 1}')).to.deep.equal(JSON.parse('{"to": "me", "__proto__": 1}'))
  })

  it("may be of Celery's types, which are checked", () => {
    const at = { __type__: 'datetime', __value__: '2026-01-31T12:30:00Z' }
    const written = { __type__: 'datetime', __value__: '2026-01-31T12:30:00.000000+00:00' }
    expect(readArgs(JSON.stringify([at]))).to.deep.equal([written])
    expect(readKwargs(JSON.stringify({ at }))).to.deep.equal({ at: written })
    const wrong = thrownBy(() => readArgs('[{"__type__": "uuid", "__value__": "secret"}]'))
    expect(wrong.message)
      .to.match(/^--args: expected a JSON list/)
      .and.not.contain('secret')
  })

  for (const [what, read] of [
    ['no JSON', () => readArgs('[1, secret]')],
    ['an object in place of a list', () => readArgs('{"secret": 1}')],
    ['a list in place of an object', () => readKwargs('["secret"]')],
    ['null', () => readKwargs('null')],
    ['an integer that would lose digits', () => readArgs('["secret", 12345678901234567890]')],
    ['what is nested too deep', () => readArgs(`${'['.repeat(600)}"secret"${']'.repeat(600)}`)],
  ] as const) {
    it(`are refused without being shown: ${what}`, () => {
      const error = thrownBy(read)
      expect(error).to.be.an.instanceof(CommandError).with.property('exit', 'usage')
      expect(error.message).to.match(/^--(?:args|kwargs): expected a JSON (?:list|object)/)
      expect(error.message)
        .to.match(/; came /)
        .and.not.contain('secret')
    })
  }
})

describe('the times of lovage call', () => {
  it('are seconds, or ISO 8601', () => {
    expect([readSeconds('0'), readSeconds('1.5')]).to.deep.equal([0, 1.5])
    expect(readTime('2026-01-31T12:30:00')).to.equal(Date.UTC(2026, 0, 31, 12, 30))
    expect(readTime('2026-01-31 12:30:00+02:00')).to.equal(Date.UTC(2026, 0, 31, 10, 30))
    expect([readExpiry('90'), readExpiry('2026-01-31')]).to.deep.equal([{ seconds: 90 }, { at: Date.UTC(2026, 0, 31) }])
  })

  for (const [read, text, expected] of [
    [readSeconds, '-1', 'expected seconds'],
    [readSeconds, '1e3', 'expected seconds'],
    [readSeconds, '400000000', 'expected seconds, 0 to 315360000'],
    [readTime, 'tomorrow', 'expected an ISO 8601 time'],
    [readTime, '90', 'expected an ISO 8601 time'],
    [readExpiry, 'soon', 'expected seconds, or an ISO 8601 time'],
    [readExpiry, '1.2.3', 'expected seconds'],
    [readPriority, '10', 'expected a whole number from 0 to 9'],
    [readSerializer, 'pickle', 'expected json'],
  ] as const) {
    it(`are not ${text}: ${expected}`, () => expect(() => read(text)).to.throw(expected))
  }
})
