import { expect } from 'chai'
import { meansNode } from '../../../src/engine/node-pattern.ts'

describe('a pattern of nodes', () => {
  for (const [matcher, text, yes, no] of [
    ['glob', 'w*', ['w', 'w1@vm'], ['aw', 'W1']],
    ['glob', '*@vm', ['a@vm', '@vm'], ['a@vm2', 'vm']],
    ['glob', 'w?@vm', ['w1@vm'], ['w@vm', 'w12@vm']],
    ['glob', 'w[12]', ['w1', 'w2'], ['w3', 'w12']],
    ['glob', 'w[!1-3]', ['w4', 'w!'], ['w1', 'w3']],
    ['glob', 'w[]x]', ['w]', 'wx'], ['w', 'w[']],
    ['glob', 'w[^]', ['w^'], ['w', 'wa']],
    ['glob', 'a.b+c', ['a.b+c'], ['aXb+c', 'a.bbc']],
    ['glob', 'w[1', ['w[1'], ['w1']],
    ['pcre', 'w[12]', ['w1', 'w2@vm'], ['aw1']],
    ['pcre', 'w1$|b', ['w1', 'bb'], ['w12', 'ab']],
  ] as const) {
    it(`${matcher} ${text}`, () => {
      const means = (node: string): boolean => meansNode(node, { matcher, text })
      expect(
        yes.filter((node) => !means(node)),
        'are meant',
      ).to.deep.equal([])
      expect(no.filter(means), 'are not meant').to.deep.equal([])
    })
  }

  it('that is none means nobody', () => {
    for (const text of ['(', '[b-a]', '(?P<x>a)', 'a'.repeat(1_001)]) {
      expect(meansNode('a', { matcher: 'pcre', text })).to.equal(false)
    }
    expect(meansNode('a', { matcher: 'glob', text: '[b-a]' })).to.equal(false)
  })

  it('of a matcher that nobody knows means nobody', () => {
    for (const matcher of ['', 'regex', 'constructor']) expect(meansNode('a', { matcher, text: 'a' })).to.equal(false)
  })

  it('that would take for ever means nobody, soon', () => {
    const began = performance.now()
    expect(meansNode('a'.repeat(200), { matcher: 'pcre', text: '(a+)+!' })).to.equal(false)
    expect(meansNode('a'.repeat(200), { matcher: 'glob', text: '*a'.repeat(400) })).to.equal(false)
    expect(performance.now() - began).to.be.lessThan(5_000)
  })

  it('can not reach out of the expression', () => {
    expect(meansNode('a', { matcher: 'pcre', text: 'a"); throw new Error("x' })).to.equal(false)
  })
})
