import { expect } from 'chai'
import { findNodeProblem, isAtLeast, parseVersion } from './load-scripts.ts'

describe('scripts/version.mjs', () => {
  for (const [text, version] of [
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0', [7, 0, 15]],
    ['Valkey server v=8.1.1 sha=00000000:0 malloc=libc bits=64 build=0', [8, 1, 1]],
    ['Server v=7.2.5 sha=00000000:1', [7, 2, 5]],
    ['v20.19.0', [20, 19, 0]],
    ['>=99', [99, 0, 0]],
    ['6.2', [6, 2, 0]],
    ['8.0.0-rc1', [8, 0, 0]],
    ['', undefined],
    ['command not found', undefined],
  ] as const) {
    it(`reads "${text.slice(0, 30)}" as ${version?.join('.') ?? 'no version'}`, () => {
      expect(parseVersion(text)).to.deep.equal(version)
    })
  }

  for (const [version, enough] of [
    [[6, 1, 99], false],
    [[6, 2, 4], false],
    [[6, 2, 5], true],
    [[6, 2, 6], true],
    [[6, 10, 0], true],
    [[7, 0, 0], true],
    [[5, 99, 99], false],
  ] as const) {
    it(`${version.join('.')} is ${enough ? '' : 'not '}at least 6.2.5`, () => {
      expect(isAtLeast([...version], [6, 2, 5])).to.equal(enough)
    })
  }

  it('finds no problem with the Node.js that is asked for, or a later one', () => {
    for (const running of ['v20.19.0', 'v20.20.2', 'v24.0.0'])
      expect(findNodeProblem('>=20.19.0', running)).to.equal(undefined)
  })

  it('names both versions when Node.js is too old', () => {
    expect(findNodeProblem('>=20.19.0', 'v18.20.4')).to.equal(
      'Lovage needs Node.js 20.19.0 or later, but this is v18.20.4. See https://nodejs.org/en/download',
    )
  })

  it('refuses engines of another form', () => {
    expect(() => findNodeProblem('^20', 'v20.19.0')).to.throw('must have the form ">=20.19.0", but is "^20"')
  })
})
