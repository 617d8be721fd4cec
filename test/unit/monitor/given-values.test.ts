import { expect } from 'chai'
import {
  flagIn,
  onlyNames,
  oneOf,
  optionalTextIn,
  queryValues,
  textIn,
  textsIn,
  wholeIn,
} from '../../../src/monitor/given-values.ts'
import { MonitorError } from '../../../src/monitor/monitor-error.ts'

/** What it is refused with. */
function refusal(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof MonitorError && error.error === 'BAD_REQUEST') return error.message
    throw error
  }
  return 'nothing'
}

describe('what a request of the dashboard gives', () => {
  it('is taken where it is as it should be', () => {
    expect(textIn({ id: 'x' }, 'id')).to.equal('x')
    expect(optionalTextIn({}, 'id')).to.equal(undefined)
    expect(textsIn({ ids: ['a', 'b'] }, 'ids')).to.deep.equal(['a', 'b'])
    expect(oneOf({ kind: 'b' }, 'kind', ['a', 'b'])).to.equal('b')
    expect(oneOf({}, 'kind', ['a', 'b'])).to.equal(undefined)
    expect(wholeIn({ by: 3 }, 'by', 1, 3)).to.equal(3)
    expect(wholeIn({ by: '3' }, 'by', 1, 3)).to.equal(3)
    expect(wholeIn({}, 'by', 1, 3)).to.equal(undefined)
    expect(flagIn({ on: true }, 'on')).to.equal(true)
    expect(flagIn({}, 'on')).to.equal(false)
    expect(queryValues(new URLSearchParams('a=1&b='), ['a', 'b'])).to.deep.equal({ a: '1', b: '' })
  })

  const refusals: [string, () => unknown, string][] = [
    ['no text', () => textIn({}, 'id'), 'id: expected a text of 1 to 1000 characters, came nothing'],
    ['an empty text', () => textIn({ id: '' }, 'id'), 'id: expected a text of 1 to 1000 characters, came ""'],
    ['a long text', () => textIn({ id: 'x'.repeat(1_001) }, 'id'), 'id: expected a text of 1 to 1000'],
    ['a number for a text', () => optionalTextIn({ id: 5 }, 'id'), 'came 5'],
    ['no list', () => textsIn({ ids: 'a' }, 'ids'), 'ids: expected a list of 1 to 100 texts, came "a"'],
    ['an empty list', () => textsIn({ ids: [] }, 'ids'), 'came []'],
    ['a long list', () => textsIn({ ids: Array.from({ length: 101 }, () => 'a') }, 'ids'), 'a list of 1 to 100 texts'],
    ['a list of others', () => textsIn({ ids: ['a', 1] }, 'ids'), 'came ["a",1]'],
    ['another word', () => oneOf({ kind: 'c' }, 'kind', ['a', 'b']), 'kind: expected one of a, b, came "c"'],
    ['a part', () => wholeIn({ by: 1.5 }, 'by', 1, 3), 'by: expected a whole number from 1 to 3, came 1.5'],
    ['too many', () => wholeIn({ by: 4 }, 'by', 1, 3), 'came 4'],
    ['a text that is no number', () => wholeIn({ by: '1e0' }, 'by', 1, 3), 'came "1e0"'],
    ['no flag', () => flagIn({ on: 'yes' }, 'on'), 'on: expected true or false, came "yes"'],
    ['another name', () => onlyNames({ other: 1 }, ['id']), 'expected id, came "other"'],
    ['any name', () => onlyNames({ other: 1 }, []), 'expected nothing, came "other"'],
    ['a name twice', () => queryValues(new URLSearchParams('a=1&a=2'), ['a']), 'a: expected it once, came it more'],
    ['a name that is not in the query', () => queryValues(new URLSearchParams('b=1'), ['a']), 'expected a, came "b"'],
  ]
  for (const [what, read, expected] of refusals) {
    it(`is refused with what was expected and what came: ${what}`, () => {
      expect(refusal(read)).to.contain(expected)
    })
  }
})
