import { expect } from 'chai'
import { encodeAdmitted, encodeMessage, encodeRetry, type OutgoingTask } from '../../../src/engine/encode-message.ts'
import { readFast } from '../../../src/engine/fast-message.ts'
import { decodeAnyMessage, type TaskMessage } from '../../../src/engine/message.ts'
import { MessageFuzz, seededRandom } from '../../support/message-fuzz.ts'
import { goldenMessages } from './golden-messages.ts'

const maxNameLength = 1_000

function slowly(raw: Uint8Array): TaskMessage | null {
  try {
    return decodeAnyMessage(raw)
  } catch {
    return null
  }
}

/** Whether it was read the fast way; then it must be what the whole decoder reads. */
function isReadFast(raw: Uint8Array): boolean {
  const fast = readFast(raw, maxNameLength)
  if (fast === null) return false
  expect(fast, String(raw)).to.deep.equal(slowly(raw))
  return true
}

const call: OutgoingTask = {
  name: 'proj.add',
  args: [2, 3],
  id: '0123-abc',
  queue: 'celery',
  origin: '1@host',
  sentAt: 1_700_000_000_250,
}
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const calls: [what: string, change: Partial<OutgoingTask>][] = [
  ['a plain one', {}],
  ['one without arguments', { args: [] }],
  ['one that is due later', { eta: 1_800_000_000_001 }],
  ['one that expires', { expiresAt: 1_800_000_000_999 }],
  ['one with limits', { timeLimit: 60, softTimeLimit: 0.5 }],
  ['one with a hard limit', { timeLimit: 60 }],
  ['one with a soft limit', { softTimeLimit: 1.25 }],
  ['one of another priority', { priority: 9 }],
  ['one that nobody waits for', { ignoreResult: true }],
  ['one with everything', { eta: 1, expiresAt: 2, timeLimit: 3, softTimeLimit: 4, priority: 5, ignoreResult: true }],
  ['one of a trace', { trace: { traceparent } }],
  ['one of a trace with all that it can have', { trace: { traceparent, tracestate: 'a=1,b=2', baggage: 'c=3' } }],
  ['one that is due later, of a trace', { eta: 1_800_000_000_001, ignoreResult: true, trace: { traceparent } }],
  ['one sent at a fraction of a millisecond', { sentAt: 1_700_000_000_250.123 }],
]
const writtenBy = (change: Partial<OutgoingTask>): Buffer => Buffer.from(encodeMessage({ ...call, ...change }))

describe('a message in one of the usual forms', () => {
  for (const [what, change] of calls) {
    it(`is read the fast way: ours, ${what}`, () => expect(isReadFast(writtenBy(change))).to.equal(true))
    it(`is read the fast way: ours that has waited for a rate limit, ${what}`, () => {
      const admitted = Buffer.from(encodeAdmitted(writtenBy(change)))
      expect([isReadFast(admitted), readFast(admitted, maxNameLength)?.admitted]).to.deep.equal([true, true])
    })
    it(`is read the fast way: the retry of ours, ${what}`, () => {
      for (const crashes of [0, 2]) {
        const retry = encodeRetry(writtenBy(change), { retries: 3, crashes, eta: 1_800_000_000_123 })
        expect(isReadFast(Buffer.from(retry)), `${crashes} crashes`).to.equal(true)
      }
    })
    it(`is read the fast way: the second retry of ours, ${what}`, () => {
      const retry = Buffer.from(encodeRetry(writtenBy(change), { retries: 1, crashes: 0, eta: 1_800_000_000_123 }))
      const again = Buffer.from(encodeRetry(retry, { retries: 2, crashes: 0, eta: 1_900_000_000_123 }))
      expect(isReadFast(again)).to.equal(true)
    })
  }

  it('is read the fast way where Celery wrote it without anything unusual', () => {
    const fast = goldenMessages.filter(({ raw }) => isReadFast(raw))
    expect(fast.length).to.be.greaterThan(goldenMessages.length / 2)
  })

  it('is not read the fast way where its body is compressed', () => {
    for (const raw of [writtenBy({}), ...goldenMessages.map(({ raw }) => raw)]) {
      const text = String(raw)
      const compression = /"headers": /.test(text)
        ? ', "compression": "application/x-gzip"'
        : ',"compression":"application/x-gzip"'
      const headers = text.slice(0, text.indexOf('"properties"'))
      const places = [...headers.matchAll(/"(?:origin|id|argsrepr)": ?"[^"]*"/g)].map(
        (found) => found.index + found[0].length,
      )
      expect(places.length).to.be.at.least(3)
      for (const place of places) {
        const compressed = Buffer.from(text.slice(0, place) + compression + text.slice(place))
        expect(slowly(compressed)?.bodyEncoding).to.equal('base64+zlib')
        expect(readFast(compressed, maxNameLength)).to.equal(null)
      }
    }
  })

  it('is read the fast way where a Celery client has added its trace', () => {
    for (const { raw } of goldenMessages) {
      if (!isReadFast(raw) || String(raw)[8] === '"') continue
      const added = String(raw).replace('}, "properties": ', `, "traceparent": "${traceparent}"}, "properties": `)
      expect(isReadFast(Buffer.from(added)), added).to.equal(true)
      expect(readFast(Buffer.from(added), maxNameLength)?.trace).to.deep.equal({ traceparent })
    }
  })

  const others: [what: string, change: Partial<OutgoingTask>][] = [
    ['a trace that is too long', { trace: { traceparent: 'x'.repeat(300) } }],
    ['an empty trace', { trace: { traceparent: '' } }],
    ['a state that is too long', { trace: { traceparent, tracestate: `a=${'x'.repeat(3_000)}` } }],
    ['baggage that is not ASCII', { trace: { traceparent, baggage: 'a=é' } }],
    ['a name that is not ASCII', { name: 'projekt.größe' }],
    ['a name with quotes', { name: 'proj."add"' }],
    ['an id with a backslash', { id: 'a\\b' }],
    ['a queue with a line end', { queue: 'a\nb' }],
    ['arguments that are not ASCII', { args: ['é'] }],
    ['a year of five digits', { eta: 253_402_300_800_000 }],
    ['a tiny limit', { softTimeLimit: 1e-7 }],
    ['a long body', { args: ['x'.repeat(40_000)] }],
    ['a long id', { id: 'x'.repeat(2_000) }],
  ]
  for (const [what, change] of others) {
    it(`says the same either way: ${what}`, () => {
      isReadFast(writtenBy(change))
      expect(slowly(writtenBy(change))?.id ?? null).to.equal(
        change.id?.length === 2_000 ? null : (change.id ?? call.id),
      )
    })
  }
})

describe('a message in a form that is nearly a usual one', () => {
  const random = seededRandom(20_261_126)
  const below = (bound: number): number => Math.floor(random() * bound)
  const oneOf = <T>(values: readonly T[]): T => values[below(values.length)] as T
  const sources = [
    ...calls.map(([, change]) => String(writtenBy(change))),
    ...calls.map(([, change]) => encodeRetry(writtenBy(change), { retries: 1, crashes: 1, eta: 1_800_000_000_123 })),
    ...goldenMessages.map(({ raw }) => String(raw)),
  ]
  const times = `2026-02-30T00:00:00+00:00 2026-13-01T00:00:00Z 2026-01-01T24:00:00Z 2026-01-01T00:00:60Z
    2026-01-01T00:00:00.123456+00:00 2026-01-01T00:00:00.123000Z 2026-01-01T00:00:00.000001Z 2026-01-01T00:00:00
    2026-01-01T00:00:00.5Z 2026-01-01T00:00:00+02:00 0000-01-01T00:00:00Z`
  const values = [
    '0 -0 1 01 1.0 1e3 1E3 -1 123456789 1234567890 99999999999999999999 0.1234567891 1e999 null true false'.split(' '),
    String.raw`"" "x" [] {} [null,null] [1,2] [0,0] [1,2,3] [-1,1] [null,0.5] "\u0041" "\"" "\\" "é" "a"b"`.split(' '),
    ['[-1, 1]', '[null, 0.5]', '"\t"', '"\u007f"'],
    times.split(/\s+/).map((time) => `"${time}"`),
  ].flat()
  const keys =
    'traceparent tracestate baggage body headers properties task id eta expires retries timelimit root_id group ignore_result lovage_crashes lovage_sent'
  const fields = [...keys.split(' '), 'priority', 'timestamp', 'body_encoding', 'content-type', '__proto__', 'x']
  const tokens = /"(?:[^"\\]|\\.)*"|\[[^[\]]*\]|-?\d[\d.eE+-]*|null|true|false/g

  /** A place in the text, somewhere; its end where there is none. */
  const somewhere = (text: string, what: RegExp): { start: number; end: number; found: string } => {
    const all = [...text.matchAll(what)]
    const match = all[below(all.length)]
    const [start, found] = match === undefined ? [text.length, ''] : [match.index, match[0]]
    return { start, end: start + found.length, found }
  }

  const changes: ((text: string) => string)[] = [
    // Another value, or another name, in place of one.
    (text) => {
      const { start, end } = somewhere(text, tokens)
      return text.slice(0, start) + oneOf(values) + text.slice(end)
    },
    // A field more, which may be there already.
    (text) => {
      const { end } = somewhere(text, /[{,]/g)
      return `${text.slice(0, end)}"${oneOf(fields)}":${oneOf(values)},${text.slice(end)}`
    },
    // A field less, or twice.
    (text) => {
      const { start, end, found } = somewhere(text, /"[\w-]+": ?(?:"(?:[^"\\]|\\.)*"|[\w.]+),? ?/g)
      return text.slice(0, start) + oneOf(['', found + found]) + text.slice(end)
    },
    // Another order.
    (text) => {
      const [one, other] = [somewhere(text, tokens), somewhere(text, tokens)].toSorted((a, b) => a.start - b.start)
      if (!one || !other || one.end > other.start) return text
      return (
        text.slice(0, one.start) + other.found + text.slice(one.end, other.start) + one.found + text.slice(other.end)
      )
    },
    // Blanks.
    (text) => {
      const at = below(text.length)
      return text.slice(0, at) + oneOf([' ', '\n', '\t', '\r']) + text.slice(at)
    },
    // Any character.
    (text) => {
      const at = below(text.length)
      const put = oneOf(['"', '\\', ',', '{', '}', '[', ']', '0', '9', 'Z', '.', '-', ':', '\0', 'é', '\u{10ffff}'])
      return text.slice(0, at) + put + text.slice(at + below(2))
    },
    (text) => text.slice(0, below(text.length)),
    (text) => text + oneOf([text, ' ', '\n', '}', '\0']),
    (text) => text.replace(/[+]00:00|Z/, () => oneOf(['Z', '+00:00', '+01:00', '', '-00:00', 'z'])),
  ]

  it('is read as the whole decoder reads it, or not the fast way', () => {
    let fast = 0
    for (let round = 0; round < 40_000; round += 1) {
      let text = oneOf(sources)
      for (let left = 1 + below(3); left > 0; left -= 1) text = oneOf(changes)(text)
      if (isReadFast(Buffer.from(text))) fast += 1
    }
    // What is changed is not always what matters.
    expect(fast).to.be.greaterThan(500)
  })

  it('is read as the whole decoder reads it, or not the fast way, byte by byte', () => {
    for (const source of sources) {
      for (let round = 0; round < 500; round += 1) {
        const raw = Buffer.from(source)
        raw[below(raw.length)] = below(256)
        isReadFast(raw)
      }
    }
  })

  it('is read as the whole decoder reads it, or not the fast way: elements that nobody should have put there', () => {
    const fuzz = new MessageFuzz(7)
    for (let round = 0; round < 5_000; round += 1) isReadFast(fuzz.next())
  })

  it('is read from the middle of other bytes as well', () => {
    const text = writtenBy({ eta: 1_800_000_000_001 })
    const around = Buffer.concat([Buffer.from('"'.repeat(9)), text, Buffer.from('}}')])
    const part = new Uint8Array(around.buffer, around.byteOffset + 9, text.length)
    expect(readFast(part, maxNameLength)).to.deep.equal(slowly(text))
  })
})
