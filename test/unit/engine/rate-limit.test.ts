import { expect } from 'chai'
import { limitKey, readRate, taskRate } from '../../../src/engine/rate-limit.ts'

describe('a rate', () => {
  for (const [given, intervalUs] of [
    ['10/s', 100_000],
    ['10/m', 6_000_000],
    ['100/m', 600_000],
    ['2/h', 1_800_000_000],
    ['0.5/s', 2_000_000],
    ['.5', 2_000_000],
    ['5', 200_000],
    ['5/', 200_000],
    [' 1e1/s', 100_000],
    [4, 250_000],
    ['1000000/s', 1],
    [0, 0],
    ['0/m', 0],
  ] as const) {
    it(`${given} is read as Celery reads it`, () => {
      expect(readRate(given)).to.deep.equal({ text: given, intervalUs })
    })
  }

  it('is none where nothing is said', () => {
    for (const given of [null, '']) expect(readRate(given)).to.deep.equal({ text: null, intervalUs: 0 })
  })

  for (const given of [
    'x',
    '10/d',
    '10/S/',
    '-1/s',
    '1 0',
    '10//m',
    'inf',
    -1,
    Number.NaN,
    Infinity,
    1_000_001,
    '1e-9/h',
  ]) {
    it(`${given} is refused`, () => expect(readRate(given)).to.equal(null))
  }

  it("is each process's own, one by one, where nothing else is said", () => {
    expect(taskRate('10/s')).to.deep.equal({ text: '10/s', intervalUs: 100_000, burst: 1, scope: 'process', key: null })
    for (const none of [undefined, null, 0, '', { rate: null }]) expect(taskRate(none)).to.equal(null)
  })

  it('may be set later where it is global, also where there is none yet', () => {
    expect(taskRate({ rate: null, scope: 'global', burst: 3, key: 'k' })).to.deep.equal({
      text: null,
      intervalUs: 0,
      burst: 3,
      scope: 'global',
      key: 'k',
    })
  })

  it('has one key, or one for the arguments', () => {
    const of = (key?: string | ((...args: never[]) => string)): string => {
      const rate = taskRate({ rate: 1, scope: 'global', ...(key !== undefined && { key }) })
      return rate === null ? 'none' : limitKey(rate, () => ['a', 'b'])
    }
    expect([of(), of('k'), of((first: string, second: string) => first + second)]).to.deep.equal(['', 'k', 'ab'])
    const failing = (): never => Promise.reject(new Error('nobody waits for it')) as never
    for (const wrong of [() => '', () => 'x'.repeat(201), () => 5 as never, failing]) {
      expect(() => of(wrong)).to.throw('rateLimit.key: expected text of 1 to 200 characters')
    }
  })
})
