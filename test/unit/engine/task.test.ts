import { expect } from 'chai'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { autodiscover } from '../../../src/engine/catalogue.ts'
import { failureOf, outcomeOfError, type Outcome } from '../../../src/engine/outcome.ts'
import { PermanentError, SoftTimeLimitExceeded, TransientError } from '../../../src/engine/errors.ts'
import { defineTask } from '../../../src/engine/task.ts'
import { decide } from '../../../src/engine/worker/retry-policy.ts'

const nothing = (): null => null

describe('defineTask', () => {
  const bad: [string, () => unknown, string][] = [
    [
      'an empty name',
      () => defineTask('', {}, nothing),
      'a task\'s name: expected 1 to 200 printable characters without blanks, came ""',
    ],
    ['a name with a blank', () => defineTask('a b', {}, nothing), 'came "a b"'],
    [
      'an unknown option',
      () => defineTask('t', { maxRetires: 1 } as object, nothing),
      'task t: option maxRetires: expected one of',
    ],
    ['no handler', () => defineTask('t', {}, 1 as never), 'task t: handler: expected a function, came 1'],
    [
      'too many tries',
      () => defineTask('t', { retryInPlace: { times: 11, waitMs: 0 } }, nothing),
      'a whole number from 0 to 10, came 11',
    ],
    [
      'a negative wait',
      () => defineTask('t', { retryInPlace: { times: 1, waitMs: -1 } }, nothing),
      'milliseconds, 0 or more, came -1',
    ],
    ['no time', () => defineTask('t', { softTimeLimit: 0 }, nothing), 'seconds, more than 0, came 0'],
    ['a mask that is none', () => defineTask('t', { mask: 'x' as never }, nothing), 'mask: expected a function'],
    [
      'ignoreResult of another type',
      () => defineTask('t', { ignoreResult: 1 as never }, nothing),
      'expected true or false, came 1',
    ],
  ]
  for (const [name, define, expected] of bad) {
    it(`refuses ${name}`, () => expect(define).to.throw(expected).with.property('code', 'OPTION_INVALID'))
  }
})

describe('autodiscover', () => {
  let folder: string
  const engine = fileURLToPath(new URL('../../../src/engine/task.ts', import.meta.url))
  const task = (name: string): string =>
    `import { defineTask } from ${JSON.stringify(engine)}\nexport const t = defineTask(${JSON.stringify(name)}, {}, () => 1)\n`

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lovage-tasks-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('finds the task files of a subject, of all subjects, of a module, and of a dotted name', async () => {
    mkdirSync(join(folder, 'tasks/sms'), { recursive: true })
    mkdirSync(join(folder, 'tasks/mail'))
    writeFileSync(join(folder, 'tasks/sms/send.ts'), task('sms.send'))
    writeFileSync(join(folder, 'tasks/mail/send.ts'), task('mail.send'))
    writeFileSync(join(folder, 'tasks/mail/notes.md'), 'not a task')
    const found = async (...places: string[]): Promise<string[]> => [
      ...(await autodiscover(places, [folder])).tasks.keys(),
    ]
    expect(await found('tasks/sms')).to.deep.equal(['sms.send'])
    expect(await found('tasks')).to.have.members(['sms.send', 'mail.send'])
    expect(await found('tasks/mail/send')).to.deep.equal(['mail.send'])
    expect(await found('tasks.mail.send')).to.deep.equal(['mail.send'])
    expect(await found('tasks/sms', 'tasks')).to.have.members(['sms.send', 'mail.send'])
  })

  const faults: [string, () => void, string, string, string][] = [
    ['a missing place', () => {}, 'nowhere', 'TASK_FILE_MISSING', 'no task file or folder nowhere in'],
    ['an empty folder', () => mkdirSync(join(folder, 'empty')), 'empty', 'TASK_FILE_MISSING', 'holds no task file'],
    [
      'another kind of file',
      () => writeFileSync(join(folder, 'a.txt'), ''),
      './a.txt',
      'TASK_FILE_MISSING',
      'expected a task file',
    ],
    [
      'a file without a task',
      () => writeFileSync(join(folder, 'a.ts'), 'export const x = 1'),
      'a',
      'TASK_FILE_BROKEN',
      'came none',
    ],
    [
      'a file that throws',
      () => writeFileSync(join(folder, 'a.ts'), 'throw new Error("at import")'),
      'a',
      'TASK_FILE_BROKEN',
      'at import',
    ],
  ]
  for (const [name, prepare, place, code, expected] of faults) {
    it(`refuses ${name}`, async () => {
      prepare()
      const error = await autodiscover([place], [folder]).then(nothing, (reason: unknown) => reason)
      expect(error).to.be.an('error').with.property('code', code)
      expect((error as Error).message).to.contain(expected)
    })
  }

  it('refuses two tasks of one name, naming both files', async () => {
    writeFileSync(join(folder, 'a.ts'), task('same'))
    writeFileSync(join(folder, 'b.ts'), task('same'))
    const error = await autodiscover(['a', 'b'], [folder]).then(nothing, (reason: unknown) => reason)
    expect(error).to.be.an('error').with.property('code', 'TASK_NAME_TAKEN')
    expect((error as Error).message).to.match(/two tasks are named same: in .*a\.ts and .*b\.ts/)
  })
})

describe('what becomes of a message', () => {
  const outcome = (error: unknown): Outcome => outcomeOfError(error, 1)
  const table: [string, Outcome, ReturnType<typeof decide>][] = [
    ['a value', { kind: 'success', result: 1, runtimeMs: 1 }, { kind: 'succeed' }],
    ['a TransientError', outcome(new TransientError('x')), { kind: 'fail', deadLetter: true }],
    ['the soft time limit', outcome(new SoftTimeLimitExceeded(1)), { kind: 'fail', deadLetter: true }],
    ['any error', outcome(new RangeError('x')), { kind: 'fail', deadLetter: true }],
    ['no error at all', outcome('text'), { kind: 'fail', deadLetter: true }],
    ['a PermanentError', outcome(new PermanentError('T', 'x')), { kind: 'fail', deadLetter: true }],
    [
      'one that nobody needs to see',
      outcome(new PermanentError('T', 'x', { deadLetter: false })),
      { kind: 'fail', deadLetter: false },
    ],
    [
      'a lost thread',
      { kind: 'lost', error: failureOf(new Error('x')), runtimeMs: 1 },
      { kind: 'fail', deadLetter: true },
    ],
    ['an unreadable body', { kind: 'unreadable', reason: 'x', runtimeMs: 1 }, { kind: 'unreadable' }],
  ]
  for (const [name, given, decision] of table) {
    it(`after ${name}: ${JSON.stringify(decision)}`, () => expect(decide(given)).to.deep.equal(decision))
  }

  it('keeps the class that a PermanentError names', () => {
    expect(failureOf(new PermanentError('SmsRejected', 'no'))).to.include({ type: 'SmsRejected', message: 'no' })
    expect(failureOf('text')).to.deep.equal({ type: 'Error', message: 'text', stack: null })
  })
})
