import { expect } from 'chai'
import { formatLetter, formatList, letterJson, listJson } from '../../../src/cli/dead-format.ts'
import { columns } from '../../../src/cli/terminal-text.ts'
import type { DeadLetterDetails } from '../../../src/engine/broker/dead-letters.ts'

const now = Date.UTC(2026, 0, 31)
const id = '33333333-3333-3333-3333-333333333333'
const secret = '13800000000'
const raw = Buffer.from(
  JSON.stringify({
    body: Buffer.from(JSON.stringify([[secret], {}, {}])).toString('base64'),
    headers: { argsrepr: "('138****0000',)", kwargsrepr: '{}', origin: '7@shop', expires: null },
  }),
)

function letter(change: Partial<DeadLetterDetails> = {}): DeadLetterDetails {
  return {
    entry: 'mb3k-1a2b:17',
    kind: 'dead',
    queue: 'celery',
    time: now - 7_200_000,
    reason: 'RangeError: too far',
    taskId: id,
    taskName: 'proj.boom',
    error: 'RangeError',
    stack: 'RangeError: too far\n    at boom (file.ts:1:1)',
    retries: 3,
    bytes: raw.byteLength,
    raw,
    profile: null,
    ...change,
  }
}

const widest = (text: string): number => Math.max(...text.split('\n').map(columns))

describe('the list of dead letters', () => {
  it('has two lines for each', () => {
    const letters = [letter(), letter({ taskId: null, taskName: null, kind: 'unreadable', queue: 'mail', bytes: null })]
    expect(formatList({ letters, total: 2, now })).to.equal(
      [
        'ID                                    AGE   KIND        TASK',
        '    QUEUE: REASON',
        `${id}  2h    dead        proj.boom`,
        '    celery: RangeError: too far',
        'mb3k-1a2b:17                          2h    unreadable  -',
        '    mail: (message gone) RangeError: too far',
        '',
      ].join('\n'),
    )
  })

  it('fits into 80 columns whatever the names and reasons are, and passes nothing on that a terminal acts on', () => {
    const long = { taskName: '世界.'.repeat(20), queue: 'q'.repeat(90), reason: `\x1b[2J${'too far '.repeat(30)}` }
    const text = formatList({ letters: [letter({ ...long, taskId: 'x'.repeat(99) })], total: 1, now })
    expect(widest(text)).to.equal(80)
    expect(text).not.to.include('\x1b')
  })

  it('says how many there are where it does not list all', () => {
    expect(formatList({ letters: [letter()], total: 120, now })).to.match(/^1 of 120, the newest; --limit shows more$/m)
  })

  it('says so where there is nothing', () => {
    expect(formatList({ letters: [], total: 0, now })).to.equal('nothing is set aside\n')
  })

  it('is one JSON document for programs', () => {
    expect(JSON.parse(listJson({ letters: [letter()], total: 7 }))).to.deep.equal({
      total: 7,
      entries: [
        {
          id,
          entry: 'mb3k-1a2b:17',
          kind: 'dead',
          queue: 'celery',
          task: 'proj.boom',
          time: '2026-01-30T22:00:00.000Z',
          error: 'RangeError',
          reason: 'RangeError: too far',
          retries: 3,
          bytes: raw.byteLength,
        },
      ],
    })
  })
})

describe('one dead letter', () => {
  it('is shown with everything but its arguments', () => {
    const text = formatLetter(letter({ profile: '{}' }))
    expect(text).to.equal(
      [
        `id        ${id}`,
        'entry     mb3k-1a2b:17',
        'kind      dead',
        'task      proj.boom',
        'queue     celery',
        'time      2026-01-30T22:00:00.000Z',
        'error     RangeError',
        'reason    RangeError: too far',
        'retries   3',
        `message   ${raw.byteLength} bytes; --raw writes them`,
        "args      ('138****0000',)",
        'kwargs    {}',
        'origin    7@shop',
        'profile   2 bytes; --profile <file> writes it',
        '',
        'stack:',
        'RangeError: too far',
        '    at boom (file.ts:1:1)',
        '',
      ].join('\n'),
    )
  })

  it('never shows the body', () => {
    const body = (JSON.parse(raw.toString()) as { body: string }).body
    for (const text of [formatLetter(letter()), letterJson(letter())]) {
      expect(text).not.to.include(secret).and.not.include(body)
    }
  })

  it('leaves out what is not known', () => {
    const bare = { taskId: null, taskName: null, error: null, stack: null, retries: null, bytes: null, raw: null }
    expect(formatLetter(letter({ ...bare, kind: 'unreadable' }))).to.equal(
      [
        'entry     mb3k-1a2b:17',
        'kind      unreadable',
        'queue     celery',
        'time      2026-01-30T22:00:00.000Z',
        'reason    RangeError: too far',
        'message   gone: its task has expired',
        '',
      ].join('\n'),
    )
  })

  for (const unreadable of ['\xff\x00', '', 'null', '[]', '{"headers":null}', '{"headers":{"argsrepr":5}}']) {
    it(`says nothing of the arguments of ${JSON.stringify(unreadable)}`, () => {
      const bytes = Buffer.from(unreadable, 'latin1')
      expect(formatLetter(letter({ raw: bytes }))).not.to.match(/^(args|kwargs|origin)/m)
      expect(JSON.parse(letterJson(letter({ raw: bytes })))).to.include({ args: null, kwargs: null, origin: null })
    })
  }

  it('breaks long values within 80 columns, and shows what a terminal would act on', () => {
    const text = formatLetter(letter({ reason: 'too far '.repeat(40), stack: 'a\x1b[2J\nb' }))
    expect(widest(text)).to.be.at.most(80)
    expect(text).to.match(/\n {10}too far/)
    expect(text).to.include('a\\x1b[2J\nb')
  })

  it('is one JSON document for programs', () => {
    expect(JSON.parse(letterJson(letter({ profile: '{}' })))).to.deep.include({
      id,
      error: 'RangeError',
      args: "('138****0000',)",
      profile: true,
      stack: 'RangeError: too far\n    at boom (file.ts:1:1)',
    })
  })
})
