import { expect } from 'chai'
import { checkSendOptions, type SendOptions } from '../../../src/engine/send-options.ts'
import { show } from '../../../src/engine/task-options.ts'

interface Case {
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
  /** The words for what was expected. */
  readonly expected: string
}

const seconds: Case = {
  good: [0, 0.5, 315_360_000],
  bad: [-1, -0.001, 315_360_001, Number.NaN, Infinity, '5', null, new Date(0)],
  expected: 'seconds, 0 to 315360000',
}
const secondsOver0: Case = {
  good: [0.001, 86_400],
  bad: [0, -1, Number.NaN, Infinity, '5', null],
  expected: 'seconds, more than 0',
}
const text: Case = {
  good: ['a', ' ', 'é'.repeat(512)],
  bad: ['', 'a'.repeat(513), 5, null, ['a']],
  expected: 'text of 1 to 512 characters',
}

/** For each option: values that it takes, and values that it does not. */
const cases: { readonly [Name in keyof Required<SendOptions>]: Case } = {
  taskId: text,
  queue: text,
  countdown: seconds,
  eta: {
    good: [new Date(0), new Date(4e12)],
    bad: [new Date(Number.NaN), 0, Date.now(), '2026-01-01T00:00:00Z', null],
    expected: 'a valid Date',
  },
  etaIn: { good: ['schedule', 'message'], bad: ['', 'Message', 0, true, null], expected: "'schedule' or 'message'" },
  expiresInSeconds: seconds,
  priority: { good: [0, 5, 9], bad: [-1, 10, 0.5, Number.NaN, '3', null], expected: 'a whole number from 0 to 9' },
  timeLimit: secondsOver0,
  softTimeLimit: secondsOver0,
  idempotencyKey: text,
  idempotencySeconds: {
    good: [0.001, 315_360_000],
    bad: [...secondsOver0.bad, 315_360_001],
    expected: 'seconds, more than 0 and at most 315360000',
  },
}

function refused(options: object, expected: string): void {
  expect(() => checkSendOptions('proj.add', options), show(options))
    .to.throw(`sending proj.add: ${expected}`)
    .with.property('code', 'OPTION_INVALID')
}

describe('the options of a call', () => {
  it('may all be left out, or be undefined', () => {
    checkSendOptions('proj.add', {})
    checkSendOptions('proj.add', Object.fromEntries(Object.keys(cases).map((name) => [name, undefined])))
  })

  it('may all be there, but for one of the two times', () => {
    const { eta: _eta, ...all } = cases
    const options = Object.fromEntries(Object.entries(all).map(([name, { good }]) => [name, good.at(-1)]))
    checkSendOptions('proj.add', { ...options, softTimeLimit: 1 })
  })

  for (const [name, { good, bad, expected }] of Object.entries(cases)) {
    it(`take ${name} where it is ${expected}`, () => {
      for (const value of good) expect(() => checkSendOptions('t', { [name]: value }), show(value)).not.to.throw()
    })
    it(`refuse ${name} where it is anything else`, () => {
      for (const value of bad) refused({ [name]: value }, `${name}: expected ${expected}, came `)
    })
  }

  it('say what came', () => {
    refused({ priority: 10 }, 'priority: expected a whole number from 0 to 9, came 10')
    refused({ eta: new Date(Number.NaN) }, 'eta: expected a valid Date, came an invalid Date')
    refused({ taskId: '' }, 'taskId: expected text of 1 to 512 characters, came ""')
  })

  it('are known by their names', () => {
    refused({ expires: 300 }, `option expires: expected one of ${Object.keys(cases).join(', ')}, came "expires"`)
    refused({ countdown: 1, Queue: undefined }, 'option Queue: expected one of ')
    refused({ toString: 1 }, 'option toString: expected one of ')
  })

  it('hold one time before which the task must not start', () => {
    refused({ countdown: 0, eta: new Date(0) }, 'eta: expected either eta or countdown, came "both"')
    checkSendOptions('t', { countdown: 1, eta: undefined } as object)
  })

  it('hold a soft limit that comes before the hard one', () => {
    checkSendOptions('t', { softTimeLimit: 1, timeLimit: 1.5 })
    for (const soft of [2, 3]) {
      refused(
        { softTimeLimit: soft, timeLimit: 2 },
        `softTimeLimit: expected less than timeLimit, which is 2, came ${soft}`,
      )
    }
  })
})
