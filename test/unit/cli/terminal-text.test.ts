import { expect } from 'chai'
import { columns, cut, fit, printable, wrap } from '../../../src/cli/terminal-text.ts'

describe('text for a terminal', () => {
  it('shows what a terminal would act on', () => {
    expect(printable('a\x1b[31mred\u0007\n\u009b\u202eabc')).to.equal('a\\x1b[31mred\\x07\\x0a\\x9b\\u202eabc')
    expect(printable('世界 é 🙂')).to.equal('世界 é 🙂')
  })
  it('is measured in columns', () => {
    expect(['abc', '世界', 'e\u0301', '🙂', ''].map(columns)).to.deep.equal([3, 4, 1, 2, 0])
  })
  it('is cut where it is too long', () => {
    expect(cut('abcdef', 6)).to.equal('abcdef')
    expect(cut('abcdefg', 6)).to.equal('abcde…')
    // A wide character that does not fit in whole is left out.
    expect(cut('世界世界', 6)).to.equal('世界…')
  })
  it('is filled up', () => {
    expect(fit('ab', 4)).to.equal('ab  ')
    expect(fit('世界世界', 6)).to.equal('世界… ')
  })
  it('is broken at blanks, and where there is none in the middle of a word', () => {
    expect(wrap('one two three', 7)).to.deep.equal(['one two', 'three'])
    expect(wrap('abcdefghij', 4)).to.deep.equal(['abcd', 'efgh', 'ij'])
    expect(wrap('世界世界', 5)).to.deep.equal(['世界', '世界'])
    expect(wrap('', 5)).to.deep.equal([''])
  })
})
