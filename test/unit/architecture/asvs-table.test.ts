import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

/** The requirements of levels 1 and 2 of OWASP's ASVS 5.0 in the chapters that docs/security.md goes through. */
const asked: Readonly<Record<string, readonly number[]>> = {
  '2.1': [1, 2, 3],
  '2.2': [1, 2, 3],
  '2.3': [1, 2, 3, 4],
  '2.4': [1],
  '4.1': [1, 2, 3],
  '4.2': [1],
  '4.3': [1, 2],
  '4.4': [1, 2, 3, 4],
  '6.1': [1, 2, 3],
  '6.2': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  '6.3': [1, 2, 3, 4],
  '6.4': [1, 2, 3, 4],
  '6.5': [1, 2, 3, 4, 5],
  '6.6': [1, 2, 3],
  '6.8': [1, 2, 3, 4],
  '7.1': [1, 2, 3],
  '7.2': [1, 2, 3, 4],
  '7.3': [1, 2],
  '7.4': [1, 2, 3, 4, 5],
  '7.5': [1, 2],
  '7.6': [1, 2],
  '16.1': [1],
  '16.2': [1, 2, 3, 4, 5],
  '16.3': [1, 2, 3, 4],
  '16.4': [1, 2, 3],
  '16.5': [1, 2, 3],
}

interface Row {
  readonly numbers: readonly string[]
  readonly state: string
  readonly reason: string
}

function rows(): Row[] {
  const text = readFileSync('docs/security.md', 'utf8')
  return [...text.matchAll(/^\| (\d+\.\d\.\d+[^|]*)\|([^|]*)\|([^|]*)\|$/gm)].map(
    ([, what = '', state = '', reason = '']) => ({
      numbers: [...what.matchAll(/\d+\.\d+\.\d+/g)].map(([number]) => number),
      state: state.trim(),
      reason: reason.trim(),
    }),
  )
}

describe('the table of docs/security.md against the ASVS', () => {
  it('has each requirement once', () => {
    const expected = Object.entries(asked).flatMap(([section, numbers]) =>
      numbers.map((number) => `${section}.${number}`),
    )
    expect(rows().flatMap(({ numbers }) => numbers)).to.deep.equal(expected)
  })

  it('names tests that there are for what is met, and a reason for what is not', () => {
    for (const { numbers, state, reason } of rows()) {
      expect(state, numbers.join()).to.be.oneOf(['met', 'not met', 'not applicable'])
      const tests = [...reason.matchAll(/`([\w/-]+\.(?:test|fuzz)\.ts|[\w/-]+-suite\.ts)`/g)].map(
        ([, file]) => `test/${file}`,
      )
      if (state === 'met') expect(tests, numbers.join()).not.to.deep.equal([])
      for (const file of tests) expect(existsSync(file), file).to.equal(true)
      expect(reason.length, numbers.join()).to.be.greaterThan(12)
    }
  })
})
