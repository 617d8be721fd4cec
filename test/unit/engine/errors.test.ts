import { expect } from 'chai'
import {
  EngineError,
  errorCodes,
  Ignore,
  messageOf,
  PermanentError,
  QueueFullError,
  Reject,
  Retry,
  secondsFor,
  SoftTimeLimitExceeded,
  TaskError,
  TimeLimitExceeded,
  TransientError,
  WorkerLostError,
} from '../../../src/engine/errors.ts'

const cause = new Error('why')

describe("the engine's errors", () => {
  const all: [name: string, error: Error, fields: object][] = [
    ['EngineError', new EngineError('TASK_UNKNOWN', 'm', { cause }), { code: 'TASK_UNKNOWN', message: 'm', cause }],
    ['EngineError', new QueueFullError('full', 7), { code: 'QUEUE_FULL', message: 'full', retryAfterSeconds: 7 }],
    [
      'TaskError',
      new TaskError('ValueError', 'no', 'FAILURE', 'Traceback'),
      { type: 'ValueError', message: 'ValueError: no', state: 'FAILURE', traceback: 'Traceback' },
    ],
    ['TransientError', new TransientError('m', { cause }), { message: 'm', cause, retryAfterMs: null }],
    ['TransientError', new TransientError('m', { memo: 'at the first one' }), { memo: 'at the first one' }],
    ['TransientError', new TransientError('m', { memo: undefined }), { memo: null }],
    ['TransientError', new TransientError('m', { retryAfterMs: 0 }), { retryAfterMs: 0 }],
    ['TransientError', new TransientError('m', { retryAfterMs: undefined }), { retryAfterMs: null }],
    ...[Number.NaN, -1, -Infinity].map((retryAfterMs): [string, Error, object] => [
      'TransientError',
      new TransientError('m', { retryAfterMs }),
      { retryAfterMs: null },
    ]),
    ['TransientError', new TransientError('m', { retryAfterMs: Infinity }), { retryAfterMs: 315_360_000_000 }],
    ['PermanentError', new PermanentError('T', 'm', { cause }), { type: 'T', message: 'm', cause, deadLetter: true }],
    ['PermanentError', new PermanentError('T', 'm', { deadLetter: false }), { deadLetter: false }],
    ['Retry', new Retry(), { countdown: null, message: 'the task asked to be run again' }],
    ['Retry', new Retry({ countdown: 0 }), { countdown: 0 }],
    ['Retry', new Retry({ countdown: 2.5, reason: 'busy', cause }), { countdown: 2.5, message: 'busy', cause }],
    ['Reject', new Reject(), { message: 'rejected', requeue: false }],
    ['Reject', new Reject('m', { requeue: true, cause }), { message: 'm', requeue: true, cause }],
    ['Ignore', new Ignore(), { message: 'ignored' }],
    ['Ignore', new Ignore('m', { cause }), { message: 'm', cause }],
    ['SoftTimeLimitExceeded', new SoftTimeLimitExceeded(1.5), { message: 'the soft time limit of 1.5 s is over' }],
    [
      'TimeLimitExceeded',
      new TimeLimitExceeded(2),
      { message: 'the hard time limit of 2 s is over: its thread was ended' },
    ],
    ['WorkerLostError', new WorkerLostError('m', { cause }), { message: 'm', cause }],
  ]
  for (const [name, error, fields] of all) {
    it(`${error.constructor.name} is an Error with ${Object.keys(fields).join(', ')}`, () => {
      expect(error).to.be.instanceOf(Error)
      expect(error).to.include({ ...fields, name })
    })
  }

  it('a full queue is an EngineError', () => expect(new QueueFullError('full', 1)).to.be.instanceOf(EngineError))

  it('have a sentence for every code', () => {
    for (const [code, meaning] of Object.entries(errorCodes)) {
      expect(code).to.match(/^[A-Z]+(_[A-Z]+)+$/)
      expect(meaning).to.match(/^[a-z].*[^.]$/)
    }
  })
})

describe('Retry', () => {
  for (const countdown of [-1, -0.001, 315_360_001, 1e300, Number.NaN, Infinity, -Infinity, '5', null, new Date(0)]) {
    it(`refuses a countdown of ${String(countdown)}`, () => {
      expect(() => new Retry({ countdown: countdown as number }))
        .to.throw(EngineError, `Retry: countdown: expected seconds, 0 to 315360000, came ${String(countdown)}`)
        .with.property('code', 'OPTION_INVALID')
    })
  }
})

describe('the time to work messages off', () => {
  const cases: [messages: number, perSecond: number, seconds: number][] = [
    [10, 5, 2],
    [11, 5, 3],
    [1, 1_000, 1],
    [0, 5, 1],
    [-3, 5, 1],
    [3_600, 1, 3_600],
    [3_601, 1, 3_600],
    [1_000_000, 0.001, 3_600],
    [10, Infinity, 1],
    [10, 0, 60],
    [10, -1, 60],
    [10, Number.NaN, 60],
  ]
  for (const [messages, perSecond, seconds] of cases) {
    it(`is ${seconds} s for ${messages} at ${perSecond} a second`, () => {
      expect(secondsFor(messages, perSecond)).to.equal(seconds)
    })
  }
})

describe('a short text for a thrown value', () => {
  for (const [thrown, text] of [
    [new RangeError('far'), 'far'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [7n, '7'],
    [Object.create(null), 'a value of type object'],
  ] as const) {
    it(`is "${text}" for a value of type ${typeof thrown}`, () => expect(messageOf(thrown)).to.equal(text))
  }
})

describe('a memo', () => {
  it('is refused where it could not travel, and is not shown', () => {
    for (const memo of ['', 'a\nsecret', 'x'.repeat(201)]) {
      expect(() => new TransientError('m', { memo }))
        .to.throw(EngineError, 'TransientError: memo: expected 1 to 200 printable characters, came another')
        .with.property('code', 'OPTION_INVALID')
    }
  })
})
