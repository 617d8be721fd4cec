import { expect } from 'chai'
import { rateWords } from '../../../src/engine/rate-limit.ts'
import { checkOptions, show, type TaskOptions } from '../../../src/engine/task-options.ts'

class Oops extends Error {}
const rule = (): boolean => true
const flags = { good: [true, false], bad: [1, 0, 'true', null], expected: 'true or false' }
const matches = {
  good: [[], [Error], [Oops, RangeError], rule],
  bad: [Error('x'), Error, Oops, 'Oops', ['Oops'], [Oops, null], [rule], [Date], {}, true, null],
  expected: 'a list of error classes, or a function',
}
const limits = {
  good: [0.001, 1, 1_000_000],
  bad: [0, -1, Number.NaN, Infinity, '60', null, [60]],
  expected: 'seconds, more than 0',
}

interface Case {
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
  /** The words for what was expected. */
  readonly expected: string
}

/** For each option: values that it takes, and values that it does not. */
const cases: { readonly [Name in keyof Required<TaskOptions<never[]>>]: Case } = {
  retryInPlace: {
    good: [
      { times: 0, waitMs: 0 },
      { times: 10, waitMs: 1.5 },
    ],
    bad: [3, null, [], [3, 200], 'often'],
    expected: '{ times, waitMs }',
  },
  maxRetries: {
    good: [0, 1, Number.MAX_SAFE_INTEGER, null],
    bad: [-1, 1.5, Number.NaN, Infinity, '3', true, 3n],
    expected: 'a whole number, 0 or more, or null',
  },
  retryBackoff: {
    good: [{}, { seconds: 0 }, { seconds: 1, factor: 1, maxSeconds: 0.5 }, { factor: undefined }],
    bad: [2, null, [], 'slow'],
    expected: '{ seconds, factor, maxSeconds }',
  },
  retryJitter: flags,
  retryFor: matches,
  dontRetryFor: matches,
  softTimeLimit: limits,
  timeLimit: limits,
  rateLimit: {
    good: ['10/m', '0.5/s', 3, 0, null, '', { rate: '1/h' }, { rate: null, scope: 'global', key: 'k', burst: 2 }, rule],
    bad: ['often', '10/d', -1, Number.NaN, true, []],
    expected: `${rateWords}, null, { rate, scope, burst, key } or a function`,
  },
  pool: { good: ['threads', 'async'], bad: ['solo', 'prefork', '', null, 1], expected: "'threads' or 'async'" },
  onUncertain: {
    good: ['retry', 'fail', () => 'fail'],
    bad: ['again', '', null, true],
    expected: "'retry', 'fail' or a function",
  },
  mask: { good: [(text: string) => [text]], bad: ['***', null, true, {}], expected: 'a function' },
  params: {
    good: [[], ['a'], ['mobile', 'code'], ['_a1', 'größe']],
    bad: ['mobile', {}, null, [1], [''], ['a', 'a'], ['a b'], ['1a'], ['a-b'], ['a'.repeat(101)], [undefined]],
    expected: 'a list of names, each once',
  },
  ignoreResult: flags,
  trackStarted: flags,
}

/** The same for the parts of an option, beside the others that it needs. */
const parts: [option: string, part: string, others: object, values: Case][] = [
  [
    'retryInPlace',
    'times',
    { waitMs: 0 },
    { good: [0, 10], bad: [-1, 11, 1.5, '2', null, undefined], expected: 'a whole number from 0 to 10' },
  ],
  [
    'retryInPlace',
    'waitMs',
    { times: 1 },
    {
      good: [0, 0.5, 60_000],
      bad: [-1, Number.NaN, Infinity, '5', null, undefined],
      expected: 'milliseconds, 0 or more',
    },
  ],
  [
    'rateLimit',
    'rate',
    {},
    { good: ['10/m', 5, null], bad: ['x', -1, 1_000_001, '1e9/s', undefined], expected: `${rateWords}, or null` },
  ],
  [
    'rateLimit',
    'scope',
    { rate: 1 },
    { good: ['process', 'global', undefined], bad: ['node', null], expected: "'process' or 'global'" },
  ],
  [
    'rateLimit',
    'burst',
    { rate: 1 },
    { good: [1, 1_000_000, undefined], bad: [0, 1.5, '2', null], expected: 'a whole number from 1 to 1000000' },
  ],
  [
    'rateLimit',
    'key',
    { rate: 1, scope: 'global' },
    {
      good: ['k', rule, undefined],
      bad: ['', 'k'.repeat(201), 5, null],
      expected: 'text of 1 to 200 characters, or a function',
    },
  ],
  [
    'retryBackoff',
    'seconds',
    {},
    { good: [0, 0.1, 700, undefined], bad: [-1, Number.NaN, Infinity, '5', null], expected: 'seconds, 0 or more' },
  ],
  [
    'retryBackoff',
    'factor',
    {},
    { good: [1, 1.5, undefined], bad: [0.99, 0, -2, Number.NaN, '2', null], expected: 'a number, 1 or more' },
  ],
  [
    'retryBackoff',
    'maxSeconds',
    {},
    { good: [0.1, 86_400, undefined], bad: [0, -1, Infinity, '5', null], expected: 'seconds, more than 0' },
  ],
]

function refused(options: object, ...texts: string[]): void {
  const check = (): void => checkOptions('proj.add', options)
  for (const text of ['task proj.add: ', ...texts]) {
    expect(check, show(options)).to.throw(text).with.property('code', 'OPTION_INVALID')
  }
}

describe("a task's options", () => {
  it('may all be left out, or be undefined', () => {
    checkOptions('proj.add', {})
    checkOptions('proj.add', Object.fromEntries(Object.keys(cases).map((name) => [name, undefined])))
  })

  it('may all be there', () => {
    checkOptions('proj.add', {
      ...Object.fromEntries(Object.entries(cases).map(([name, { good }]) => [name, good[0]])),
      softTimeLimit: 1,
      timeLimit: 1.001,
    })
  })

  for (const [name, { good, bad, expected }] of Object.entries(cases)) {
    it(`take ${name} where it is ${expected}`, () => {
      for (const value of good) expect(() => checkOptions('t', { [name]: value }), show(value)).not.to.throw()
    })
    it(`refuse ${name} where it is anything else`, () => {
      for (const value of bad) refused({ [name]: value }, `${name}: expected ${expected}, came `)
    })
  }

  for (const [option, part, others, { good, bad, expected }] of parts) {
    it(`check ${option}.${part}: ${expected}`, () => {
      for (const value of good) checkOptions('t', { [option]: { ...others, [part]: value } })
      for (const value of bad) {
        refused({ [option]: { ...others, [part]: value } }, `${option}.${part}: expected ${expected}, came `)
      }
    })
  }

  it('say what came', () => {
    refused({ maxRetries: -1 }, 'maxRetries: expected a whole number, 0 or more, or null, came -1')
    refused({ pool: 'solo' }, `came "solo"`)
    refused({ softTimeLimit: Infinity }, 'came Infinity')
    refused({ maxRetries: Number.NaN }, 'came NaN')
    refused({ maxRetries: 3n }, 'came 3')
    refused({ retryFor: ['Oops'] }, 'came ["Oops"]')
    refused({ retryInPlace: rule }, 'came a function')
    refused({ retryInPlace: { times: 1 } }, 'retryInPlace.waitMs: expected milliseconds, 0 or more, came undefined')
  })

  for (const none of [null, 'options', [], 5, () => 1]) {
    it(`are an object, not ${show(none)}`, () => {
      refused(none as never, `options: expected an object, came ${show(none)}`)
    })
  }

  it('are known by their names, and by those of their parts', () => {
    const all = Object.keys(cases).join(', ')
    for (const name of ['maxRetires', 'constructor', '__proto__', 'retryInPlace.times']) {
      refused(JSON.parse(`{"${name}": 1}`) as object, `option ${name}: expected one of ${all}, came "${name}"`)
    }
    refused(
      { retryBackoff: { second: 1 } },
      'retryBackoff.second: expected one of retryBackoff.seconds, retryBackoff.factor, retryBackoff.maxSeconds, came "second"',
    )
    refused({ retryInPlace: { times: 1, waitMs: 1, wait: 1 } }, 'retryInPlace.wait: expected one of ')
  })

  for (const [soft, hard, good] of [
    [1, 2, true],
    [1, 1.001, true],
    [2, 2, false],
    [3, 2, false],
  ] as const) {
    it(`${good ? 'take' : 'refuse'} a soft limit of ${soft} s with a hard one of ${hard} s`, () => {
      const limits = { softTimeLimit: soft, timeLimit: hard }
      if (good) checkOptions('t', limits)
      else refused(limits, `softTimeLimit: expected less than timeLimit, which is ${hard}, came ${soft}`)
    })
  }

  it('have a key of a rate limit only where all processes share it', () => {
    const texts = ['rateLimit.key: expected', "the scope 'global' with it, came"]
    refused({ rateLimit: { rate: 1, key: 'k' } }, ...texts, '"process"')
    refused({ rateLimit: { rate: 1, key: 'k', scope: 'process' } }, ...texts)
  })
})
