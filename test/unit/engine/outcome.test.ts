import { expect } from 'chai'
import {
  EngineError,
  Ignore,
  PermanentError,
  Reject,
  Retry,
  SoftTimeLimitExceeded,
  TimeLimitExceeded,
  TransientError,
  WorkerLostError,
} from '../../../src/engine/errors.ts'
import { failureOf, outcomeOfError, type Outcome } from '../../../src/engine/outcome.ts'
import type { TaskOptions } from '../../../src/engine/task-options.ts'

class Blink extends TransientError {}
class NoStock extends Error {
  override readonly name = 'NoStock'
}
type Rules = Pick<TaskOptions<never[]>, 'retryFor' | 'dontRetryFor'>

const throwing = (): boolean => {
  throw new Error('the rule itself is broken')
}

/** What is thrown, the task's rules, and what of the outcome counts; `runtimeMs` is the same in all. */
const table: [name: string, thrown: unknown, rules: Rules, outcome: Record<string, unknown>][] = [
  ['Ignore', new Ignore(), {}, { kind: 'ignore' }],
  ['Ignore, whatever the rules say', new Ignore(), { retryFor: [Error] }, { kind: 'ignore' }],
  ['Reject', new Reject('not mine'), {}, { kind: 'reject', requeue: false }],
  ['Reject with requeue', new Reject('not now', { requeue: true }), {}, { kind: 'reject', requeue: true }],
  ['Reject, whatever the rules say', new Reject(), { retryFor: [Error] }, { kind: 'reject', requeue: false }],
  ['Retry', new Retry(), {}, { kind: 'retry', countdownMs: null }],
  ['Retry with a countdown', new Retry({ countdown: 1.5 }), {}, { kind: 'retry', countdownMs: 1_500 }],
  ['Retry at once', new Retry({ countdown: 0 }), {}, { kind: 'retry', countdownMs: 0 }],
  ['Retry, whatever the rules say', new Retry(), { dontRetryFor: [Error] }, { kind: 'retry', countdownMs: null }],

  ['a TransientError', new TransientError('x'), {}, { kind: 'transient', retryAfterMs: null }],
  ['one with a memo', new TransientError('x', { memo: 'm' }), {}, { kind: 'transient', retryAfterMs: null, memo: 'm' }],
  ['one that says when', new TransientError('x', { retryAfterMs: 7 }), {}, { kind: 'transient', retryAfterMs: 7 }],
  ['a kind of TransientError', new Blink('x'), {}, { kind: 'transient', retryAfterMs: null }],
  ['the soft limit', new SoftTimeLimitExceeded(1), {}, { kind: 'transient', retryAfterMs: null }],
  ['the hard limit', new TimeLimitExceeded(1), {}, { kind: 'transient', retryAfterMs: null }],
  ['any other error', new RangeError('x'), {}, { kind: 'failure', deadLetter: true }],
  ['a lost thread', new WorkerLostError('x'), {}, { kind: 'failure', deadLetter: true }],
  ["the engine's own error", new EngineError('ARGUMENT_INVALID', 'x'), {}, { kind: 'failure', deadLetter: true }],
  ['text', 'text', {}, { kind: 'failure', deadLetter: true }],
  ['nothing', undefined, {}, { kind: 'failure', deadLetter: true }],
  ['a PermanentError', new PermanentError('T', 'x'), {}, { kind: 'failure', deadLetter: true }],
  ['one unseen', new PermanentError('T', 'x', { deadLetter: false }), {}, { kind: 'failure', deadLetter: false }],

  [
    'a class of retryFor',
    new NoStock(),
    { retryFor: [RangeError, NoStock] },
    { kind: 'transient', retryAfterMs: null },
  ],
  ['a kind of such a class', new NoStock(), { retryFor: [Error] }, { kind: 'transient', retryAfterMs: null }],
  ['a class that retryFor does not name', new NoStock(), { retryFor: [RangeError] }, { kind: 'failure' }],
  ['an empty retryFor', new NoStock(), { retryFor: [] }, { kind: 'failure' }],
  ['text under retryFor', 'text', { retryFor: [Error] }, { kind: 'failure' }],
  ['a PermanentError under retryFor', new PermanentError('T', 'x'), { retryFor: [Error] }, { kind: 'failure' }],
  ['a function that says yes', 'text', { retryFor: (thrown) => thrown === 'text' }, { kind: 'transient' }],
  ['a function that says no', 'other', { retryFor: (thrown) => thrown === 'text' }, { kind: 'failure' }],
  ['a function that promises', new NoStock(), { retryFor: (async () => true) as never }, { kind: 'failure' }],
  ['a list of what is no class', new NoStock(), { retryFor: [(() => true) as never] }, { kind: 'failure' }],
  ['a function that throws', new NoStock(), { retryFor: throwing }, { kind: 'failure' }],

  ['a class of dontRetryFor', new Blink('x'), { dontRetryFor: [Blink] }, { kind: 'failure', deadLetter: true }],
  ['the class above it', new TransientError('x'), { dontRetryFor: [Blink] }, { kind: 'transient' }],
  ['the soft limit in dontRetryFor', new SoftTimeLimitExceeded(1), { dontRetryFor: [Error] }, { kind: 'failure' }],
  ['a class of both', new NoStock(), { retryFor: [NoStock], dontRetryFor: [NoStock] }, { kind: 'failure' }],
  ['dontRetryFor that says yes', new Blink('x'), { dontRetryFor: () => true }, { kind: 'failure' }],
  ['dontRetryFor that says no', new Blink('x'), { dontRetryFor: () => false }, { kind: 'transient' }],
  ['dontRetryFor that throws', new Blink('x'), { dontRetryFor: throwing }, { kind: 'transient' }],
]

const errorOf = (outcome: Outcome): unknown => ('error' in outcome ? outcome.error : undefined)

describe('the outcome of a run that threw', () => {
  for (const [name, thrown, rules, expected] of table) {
    it(`${name}: ${JSON.stringify(expected)}`, () => {
      expect(outcomeOfError(thrown, 12, rules)).to.deep.include({ ...expected, runtimeMs: 12 })
    })
  }

  it('keeps class, message and stack of what was thrown', () => {
    const thrown = new NoStock('none left')
    const kept = { type: 'NoStock', message: 'none left', stack: thrown.stack }
    expect(errorOf(outcomeOfError(thrown, 1))).to.deep.equal(kept)
    expect(errorOf(outcomeOfError(thrown, 1, { retryFor: [NoStock] }))).to.deep.equal(kept)
    expect(errorOf(outcomeOfError(new Reject('not mine'), 1))).to.include({ type: 'Reject', message: 'not mine' })
  })

  it('keeps of a Retry what made the task ask for it', () => {
    const cause = new NoStock('none left')
    expect(errorOf(outcomeOfError(new Retry({ cause }), 1))).to.include({ type: 'NoStock', message: 'none left' })
    expect(errorOf(outcomeOfError(new Retry({ reason: 'too early' }), 1))).to.include({
      type: 'Retry',
      message: 'too early',
    })
  })
})

describe('what is kept of a thrown value', () => {
  const cases: [name: string, thrown: unknown, kept: object][] = [
    ['the class that a PermanentError names', new PermanentError('SmsRejected', 'no'), { type: 'SmsRejected' }],
    ['the message of a PermanentError', new PermanentError('SmsRejected', 'no'), { message: 'no' }],
    ['the name of an error', new RangeError('far'), { type: 'RangeError', message: 'far' }],
    ['text', 'text', { type: 'Error', message: 'text', stack: null }],
    ['undefined', undefined, { type: 'Error', message: 'undefined', stack: null }],
    ['a value without a text', Object.create(null), { type: 'Error', message: 'a value of type object', stack: null }],
    [
      'text of what should be text',
      Object.assign(new Error('x'), { name: 7, message: { code: 7 } }),
      { type: '7', message: '[object Object]' },
    ],
    ['a symbol', Symbol('s'), { type: 'Error', message: 'Symbol(s)', stack: null }],
  ]
  for (const [name, thrown, kept] of cases) {
    it(`is ${name}`, () => expect(failureOf(thrown)).to.include(kept))
  }

  it('is no longer than is of use, whatever was thrown, and tells where', () => {
    const body = 'x'.repeat(20_000_000)
    const { message, stack } = failureOf(new Error(body))
    expect(message).to.have.length(4_096)
    expect(failureOf(Object.assign(new Error('x'), { name: body })).type).to.have.length(200)
    expect(stack).to.match(/^Error: x{4093}\.\.\.\n {4}at .*outcome\.test\.ts/)
    expect(failureOf(body).message).to.have.length(4_096)
    expect(failureOf(Object.assign(new Error('x'), { stack: body })).stack).to.have.length(16_384)
  })

  it('has no stack where an error has lost it', () => {
    const error = new Error('bare')
    delete error.stack
    expect(failureOf(error)).to.deep.equal({ type: 'Error', message: 'bare', stack: null })
  })
})
