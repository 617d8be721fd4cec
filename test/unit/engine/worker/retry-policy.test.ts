import { expect } from 'chai'
import { TimeLimitExceeded } from '../../../../src/engine/errors.ts'
import type { LossCause, Outcome, TaskFailure } from '../../../../src/engine/outcome.ts'
import type { OnUncertain, TaskOptions } from '../../../../src/engine/task-options.ts'
import { decide, policyOf, uncertainFailure, type Decision } from '../../../../src/engine/worker/retry-policy.ts'

const runtimeMs = 1
const error: TaskFailure = { type: 'Oops', message: 'it broke', stack: 'Oops: it broke\n    at here' }
const softLimit: TaskFailure = { type: 'SoftTimeLimitExceeded', message: 'the soft time limit is over', stack: null }

const failure = (deadLetter: boolean): Outcome => ({ kind: 'failure', error, deadLetter, runtimeMs })
const rejected = (requeue: boolean): Outcome => ({ kind: 'reject', error, requeue, runtimeMs })
const askedFor = (countdownMs: number | null): Outcome => ({ kind: 'retry', error, countdownMs, runtimeMs })
const transient = (retryAfterMs: number | null = null, of = error): Outcome => ({
  kind: 'transient',
  error: of,
  retryAfterMs,
  runtimeMs,
})
const lost = (cause: LossCause, alone = true): Outcome => ({ kind: 'lost', error, cause, alone, runtimeMs })

const later = (delayMs: number, retries: number, crashes = 0, of = error): Decision => ({
  kind: 'retry',
  error: of,
  delayMs,
  retries,
  crashes,
})
const dead = (of = error): Decision => ({ kind: 'fail', error: of, deadLetter: true })
const crashedTooOften = (times: number): Decision =>
  dead({ ...error, message: `it ended its thread ${times} times, the last time: it broke` })
const uncertain = dead(uncertainFailure(error.message))

/** What is not said: the first run, no crash, the whole wait (`random` 0), the default options, three crashes. */
interface Given extends TaskOptions<never[]> {
  readonly retries?: number
  readonly crashes?: number
  readonly random?: number
  readonly maxCrashes?: number
}

const table: [name: string, outcome: Outcome, given: Given, decision: Decision][] = [
  ['a value', { kind: 'success', result: 1, runtimeMs }, {}, { kind: 'succeed' }],
  ['a value in a retry', { kind: 'success', result: null, runtimeMs }, { retries: 3 }, { kind: 'succeed' }],
  ['Ignore', { kind: 'ignore', runtimeMs }, {}, { kind: 'ignore' }],
  ['an unreadable body', { kind: 'unreadable', reason: 'no JSON', runtimeMs }, {}, { kind: 'unreadable' }],
  ['Reject', rejected(false), {}, { kind: 'reject', error, requeue: false }],
  ['Reject with requeue', rejected(true), { retries: 3 }, { kind: 'reject', error, requeue: true }],
  ['a failure', failure(true), {}, dead()],
  ['a failure that nobody needs to see', failure(false), {}, { kind: 'fail', error, deadLetter: false }],
  ['a failure, whatever onUncertain says', failure(true), { onUncertain: 'fail' }, dead()],

  ['Retry without a countdown', askedFor(null), {}, later(1_000, 1)],
  ['Retry without a countdown, again', askedFor(null), { retries: 1 }, later(2_000, 2)],
  ['Retry in 5 s', askedFor(5_000), {}, later(5_000, 1)],
  ['Retry at once', askedFor(0), {}, later(0, 1)],
  ['Retry beyond the longest wait', askedFor(700_000), {}, later(700_000, 1)],
  ['Retry in 5 s, which no jitter shortens', askedFor(5_000), { random: 1 }, later(5_000, 1)],
  ['Retry when the retries are used up', askedFor(5_000), { retries: 3 }, dead()],
  ['Retry where there are none', askedFor(5_000), { maxRetries: 0 }, dead()],
  ['Retry, for ever', askedFor(5_000), { maxRetries: null, retries: 10_000 }, later(5_000, 10_001)],
  ['Retry, whatever onUncertain says', askedFor(5_000), { onUncertain: 'fail' }, later(5_000, 1)],

  ['a transient error', transient(), {}, later(1_000, 1)],
  ['the second one', transient(), { retries: 1 }, later(2_000, 2)],
  ['the last one that is retried', transient(), { retries: 2 }, later(4_000, 3)],
  ['one too many', transient(), { retries: 3 }, dead()],
  ['more retries than it ever had', transient(), { retries: 9 }, dead()],
  ['one where there are no retries', transient(), { maxRetries: 0 }, dead()],
  ['the last of one retry', transient(), { maxRetries: 1, retries: 1 }, dead()],
  ['one that is tried for ever', transient(), { maxRetries: null, retries: 9 }, later(512_000, 10)],
  ['its wait at the cap', transient(), { maxRetries: null, retries: 10 }, later(600_000, 11)],
  ['its wait beyond all figures', transient(), { maxRetries: null, retries: 5_000 }, later(600_000, 5_001)],
  ['retries do not count crashes', transient(), { crashes: 2 }, later(1_000, 1, 2)],
  ['a wait of its own', transient(), { retryBackoff: { seconds: 0.25 } }, later(250, 1)],
  ['no wait at all', transient(), { retryBackoff: { seconds: 0 }, retries: 2 }, later(0, 3)],
  [
    'no wait at all, after a thousand retries',
    transient(),
    { retryBackoff: { seconds: 0 }, maxRetries: null, retries: 1_100 },
    later(0, 1_101),
  ],
  ['a factor of its own', transient(), { retryBackoff: { factor: 3 }, retries: 2 }, later(9_000, 3)],
  ['a wait that does not grow', transient(), { retryBackoff: { factor: 1 }, retries: 2 }, later(1_000, 3)],
  ['a cap of its own', transient(), { retryBackoff: { maxSeconds: 3 }, retries: 2 }, later(3_000, 3)],
  ['a cap below the first wait', transient(), { retryBackoff: { seconds: 9, maxSeconds: 3 } }, later(3_000, 1)],
  ['jitter at its most', transient(), { random: 1 }, later(500, 1)],
  ['jitter in the middle', transient(), { random: 0.5 }, later(750, 1)],
  ['jitter of a capped wait', transient(), { random: 1, retries: 1, retryBackoff: { maxSeconds: 1 } }, later(500, 2)],
  ['no jitter where there is none', transient(), { random: 1, retryJitter: false }, later(1_000, 1)],
  ['an odd wait, in whole milliseconds', transient(), { random: 0.3333, retries: 1 }, later(1_667, 2)],
  ['a shorter time asked for by the other side', transient(999), {}, later(1_000, 1)],
  ['a longer time asked for by the other side', transient(30_000), {}, later(30_000, 1)],
  ['a time that outlasts the jitter', transient(999), { random: 1 }, later(999, 1)],
  ['a time asked for beyond the cap', transient(900_000), {}, later(900_000, 1)],
  ['a time asked for when the retries are used up', transient(30_000), { retries: 3 }, dead()],
  ['a transient error, whatever onUncertain says', transient(), { onUncertain: 'fail' }, later(1_000, 1)],

  ['the soft limit', transient(null, softLimit), {}, later(1_000, 1, 0, softLimit)],
  ['the soft limit, retries used up', transient(null, softLimit), { retries: 3 }, dead(softLimit)],
  [
    'the soft limit of what must not be repeated',
    transient(null, softLimit),
    { onUncertain: 'fail' },
    dead(uncertainFailure(softLimit.message)),
  ],

  ['the hard limit', lost('timeLimit'), {}, later(1_000, 1)],
  ['the hard limit beside others', lost('timeLimit', false), { retries: 1 }, later(2_000, 2)],
  ['the hard limit, retries used up', lost('timeLimit'), { retries: 3 }, dead()],
  ['the hard limit where it is not retried', lost('timeLimit'), { dontRetryFor: [TimeLimitExceeded] }, dead()],
  ['the hard limit where no error is retried', lost('timeLimit'), { dontRetryFor: [Error] }, dead()],
  ['the hard limit where others are not', lost('timeLimit'), { dontRetryFor: [RangeError] }, later(1_000, 1)],
  [
    'the hard limit, which no function is asked about',
    lost('timeLimit'),
    { dontRetryFor: () => true },
    later(1_000, 1),
  ],
  ['the hard limit of what must not be repeated', lost('timeLimit'), { onUncertain: 'fail' }, uncertain],

  ['a crash on a thread to itself', lost('crash'), {}, later(1_000, 0, 1)],
  ['a second crash', lost('crash'), { crashes: 1, retries: 2 }, later(2_000, 2, 2)],
  ['a crash when the retries are used up', lost('crash'), { retries: 3 }, later(1_000, 3, 1)],
  ['a crash, with jitter', lost('crash'), { random: 1 }, later(500, 0, 1)],
  ['the last crash', lost('crash'), { crashes: 2 }, crashedTooOften(3)],
  ['more crashes than allowed by now', lost('crash'), { crashes: 5 }, crashedTooOften(6)],
  ['a crash where two are too many', lost('crash'), { crashes: 1, maxCrashes: 2 }, crashedTooOften(2)],
  ['a crash among others', lost('crash', false), {}, { kind: 'again', isolated: true }],
  ['a crash among others, after many', lost('crash', false), { crashes: 2 }, { kind: 'again', isolated: true }],
  ['a crash of what must not be repeated', lost('crash'), { onUncertain: 'fail' }, uncertain],
  ['a crash beside what must not be repeated', lost('crash', false), { onUncertain: 'fail' }, uncertain],

  ["another one's end", lost('bystander', false), { retries: 3, crashes: 2 }, { kind: 'again', isolated: false }],
  ["another one's end, beside what must not be repeated", lost('bystander'), { onUncertain: 'fail' }, uncertain],
  ['being revoked while it ran', lost('terminated'), {}, { kind: 'revoke' }],
  ['being revoked, whatever onUncertain says', lost('terminated'), { onUncertain: 'fail' }, { kind: 'revoke' }],
  ['the end of the pool', lost('stopped'), {}, { kind: 'leave' }],
  ['the end of the pool, whatever onUncertain says', lost('stopped'), { onUncertain: 'fail' }, { kind: 'leave' }],
  [
    'a crash, where a function says that it may be repeated',
    lost('crash'),
    { onUncertain: () => 'retry' },
    later(1_000, 0, 1),
  ],
  ['a crash, where a function says that it must not', lost('crash'), { onUncertain: () => 'fail' }, uncertain],
]

describe('what becomes of a message', () => {
  for (const [name, outcome, given, decision] of table) {
    const told = decision.kind === 'retry' ? `retry in ${decision.delayMs} ms` : decision.kind
    it(`after ${name}: ${told}`, () => {
      const { retries = 0, crashes = 0, random = 0, maxCrashes = 3, ...options } = given
      const policy = policyOf(options, {}, maxCrashes)
      expect(decide(outcome, { retries, crashes, random }, policy)).to.deep.equal(decision)
    })
  }

  it('after one crash, where one is too many: fail', () => {
    const policy = policyOf({}, {}, 1)
    const decision = decide(lost('crash'), { retries: 0, crashes: 0, random: 0 }, policy)
    expect(decision).to.include({ kind: 'fail', deadLetter: true })
  })
})

describe('the policy of a task', () => {
  it('has defaults', () => {
    expect(policyOf({}, {}, 3)).to.deep.equal({
      maxRetries: 3,
      firstMs: 1_000,
      factor: 2,
      maxMs: 600_000,
      jitter: true,
      onUncertain: 'retry',
      retriesTimeLimit: true,
      maxCrashes: 3,
    })
  })

  it('asks onUncertain with the settings of the process', () => {
    const onUncertain = (settings: Readonly<Record<string, unknown>>): OnUncertain => settings['sms'] as OnUncertain
    expect(policyOf({ onUncertain }, { sms: 'fail' }, 3).onUncertain).to.equal('fail')
    expect(policyOf({ onUncertain }, { sms: 'retry' }, 3).onUncertain).to.equal('retry')
  })

  for (const nonsense of [undefined, null, 'maybe', true, {}, Promise.resolve('fail')]) {
    it(`refuses an onUncertain that answers ${String(nonsense)}`, () => {
      expect(() => policyOf({ onUncertain: () => nonsense as OnUncertain }, {}, 3))
        .to.throw(`onUncertain: expected the function to return 'retry' or 'fail', came ${String(nonsense)}`)
        .with.property('code', 'OPTION_INVALID')
    })
  }
})
