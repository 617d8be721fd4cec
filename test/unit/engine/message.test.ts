import { expect } from 'chai'
import { deflateSync } from 'node:zlib'
import { readBody } from '../../../src/engine/body.ts'
import { maxBodyBytes } from '../../../src/engine/compression.ts'
import { encodeMessage } from '../../../src/engine/encode-message.ts'
import { decodeMessage } from '../../../src/engine/message.ts'
import { goldenMessages, protocol1, readJson, type Envelope } from './golden-messages.ts'

const good = readJson(
  encodeMessage({ name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 1 }),
)
const decoded = (envelope: unknown) => decodeMessage(Buffer.from(JSON.stringify(envelope)))
const withHeaders = (headers: object): Envelope => ({ ...good, headers: { ...good.headers, ...headers } })
const without = (key: string): Envelope => {
  const { [key]: _left, ...headers } = good.headers
  return { ...good, headers }
}

describe('a task message', () => {
  goldenMessages.forEach(({ raw, envelope: { headers }, body: [args, kwargs] }, index) => {
    it(`of a real Celery is read: ${String(headers['task'])} (${index + 1})`, () => {
      const message = decodeMessage(raw)
      expect(message).to.include({
        id: headers['id'],
        name: headers['task'],
        retries: headers['retries'],
        crashes: 0,
        rootId: headers['root_id'],
        parentId: headers['parent_id'],
        groupId: headers['group'],
        groupIndex: headers['group_index'],
        ignoreResult: headers['ignore_result'],
      })
      expect(message.timeLimit).to.deep.equal(headers['timelimit'])
      // Python writes microseconds: it must not be earlier by what is cut off.
      expect(message.eta).to.equal(headers['eta'] === null ? null : Date.parse(String(headers['eta'])) + 1)
      expect(readBody(message)).to.deep.equal({ args, kwargs })
    })
  })

  const read: [name: string, envelope: unknown, fields: object][] = [
    ['an eta with an offset', withHeaders({ eta: '2026-01-01T02:00:00.5+02:00' }), { eta: Date.UTC(2026, 0, 1) + 500 }],
    ['expires without one', withHeaders({ expires: '2026-01-01T00:00:00' }), { expires: Date.UTC(2026, 0, 1) }],
    ['both limits, the hard one first', withHeaders({ timelimit: [60, 50.5] }), { timeLimit: [60, 50.5] }],
    ['a soft limit alone', withHeaders({ timelimit: [null, 5] }), { timeLimit: [null, 5] }],
    ['limits that are none', withHeaders({ timelimit: [0, -1] }), { timeLimit: [null, null] }],
    ['limits of another form', withHeaders({ timelimit: 'long' }), { timeLimit: [null, null] }],
    ['its crashes', withHeaders({ lovage_crashes: 2 }), { crashes: 2 }],
    ['when it was first sent', withHeaders({ lovage_sent: 5.5 }), { sentAt: 5_500 }],
    ['when it was first sent, in words', withHeaders({ lovage_sent: 'yesterday' }), { sentAt: 1, queuedAt: 1 }],
    [
      'since when it waits',
      { ...good, properties: { body_encoding: 'base64', timestamp: 7 } },
      { sentAt: 7_000, queuedAt: 7_000 },
    ],
    ['ignore_result', withHeaders({ ignore_result: true }), { ignoreResult: true }],
    [
      'a group',
      withHeaders({ group: 'g', group_index: 3, parent_id: 'p', root_id: 'r' }),
      { groupId: 'g', groupIndex: 3, parentId: 'p', rootId: 'r' },
    ],
    ['no retries', without('retries'), { retries: 0 }],
    ['no root', without('root_id'), { rootId: 'an-id' }],
    ['no time limit', without('timelimit'), { timeLimit: [null, null] }],
    ['a body that is not encoded', { ...good, body: '[[],{},null]', properties: {} }, { body: '[[],{},null]' }],
  ]
  for (const [name, envelope, fields] of read) {
    it(`is read with ${name}`, () => expect(decoded(envelope)).to.deep.include({ id: 'an-id', ...fields }))
  }

  for (const encoded of [true, false]) {
    it(`of protocol 1 is read, its body ${encoded ? 'in base64' : 'as it is'}`, () => {
      const message = decodeMessage(protocol1({ retries: 2, taskset: 'g', eta: '2026-01-01T00:00:00Z' }, encoded))
      expect(message).to.include({ id: 'x', name: 'old.add', retries: 2, rootId: 'x', parentId: null, groupId: 'g' })
      expect(message).to.include({ eta: Date.UTC(2026, 0, 1), expires: null, crashes: 0, ignoreResult: false })
      expect(readBody(message)).to.deep.equal({ args: [1], kwargs: { b: 2 } })
    })
  }

  it('of protocol 1 keeps its links', () => {
    const [callbacks, chord] = [[{ task: 'next' }], { task: 'join' }]
    const { body } = decodeMessage(protocol1({ callbacks, errbacks: null, chord }))
    expect(JSON.parse(body)).to.deep.equal([[1], { b: 2 }, { callbacks, errbacks: null, chord }])
  })

  it('of protocol 1 tells its limits, and its end', () => {
    const message = decodeMessage(protocol1({ timelimit: [60, 50], expires: '2026-01-01T00:00:00+00:00', utc: true }))
    expect(message).to.deep.include({ timeLimit: [60, 50], expires: Date.UTC(2026, 0, 1) })
  })

  it('of protocol 1 may have no arguments', () => {
    const message = decodeMessage(protocol1({ args: undefined, kwargs: undefined }))
    expect(readBody(message)).to.deep.equal({ args: [], kwargs: {} })
  })

  for (const compression of ['application/x-gzip', 'gzip', 'zlib']) {
    it(`is read with a compressed body: ${compression}`, () => {
      const text = '[["größe", 1], {"b": 2}, null]'
      const message = decoded({ ...withHeaders({ compression }), body: deflateSync(text).toString('base64') })
      expect(message.bodyEncoding).to.equal('base64+zlib')
      expect(readBody(message)).to.deep.equal({ args: ['größe', 1], kwargs: { b: 2 } })
    })
  }

  it('is read with a compression that is none', () => {
    for (const compression of [null, '', false]) {
      expect(decoded(withHeaders({ compression })).bodyEncoding).to.equal('base64')
    }
  })

  it('of protocol 1 is read with a compressed body', () => {
    const body = deflateSync('{"task":"old.add","id":"x","args":[1],"kwargs":{}}').toString('base64')
    const message = decoded({ ...good, headers: { compression: 'application/x-gzip' }, body })
    expect(message).to.include({ id: 'x', name: 'old.add', bodyEncoding: null })
    expect(readBody(message).args).to.deep.equal([1])
  })

  it("'s body is refused where it would be larger than it may be, without making it that large", () => {
    const bomb = deflateSync(Buffer.alloc(maxBodyBytes + 1, ' ')).toString('base64')
    expect(bomb.length).to.be.lessThan(100_000)
    expect(() => readBody({ body: bomb, bodyEncoding: 'base64+zlib' }))
      .to.throw(`expected a body of at most ${maxBodyBytes} bytes once it is decompressed, came more`)
      .with.property('code', 'MESSAGE_UNREADABLE')
  })

  for (const [name, bytes] of [
    ['no zlib', Buffer.from('[[],{},null]')],
    ['cut off', deflateSync('[["x"],{},null]').subarray(0, 10)],
    ['nothing', Buffer.alloc(0)],
  ] as const) {
    it(`'s body is refused that is said to be compressed: ${name}`, () => {
      expect(() => readBody({ body: bytes.toString('base64'), bodyEncoding: 'base64+zlib' }))
        .to.throw('expected a body compressed with zlib, came other bytes')
        .with.property('code', 'MESSAGE_UNREADABLE')
    })
  }

  const lossy: [what: string, number: string, came: string][] = [
    ['an integer beyond 2^53', '9007199254740993', 'an integer beyond 2^53, which would lose digits'],
    ['one inside', '[{"a": -12345678901234567890}]', 'an integer beyond 2^53, which would lose digits'],
    ['NaN', 'NaN', 'NaN'],
    ['-Infinity', '-Infinity', '-Infinity'],
    ['a number beyond all', '1e999', 'a number beyond 1.8e308'],
  ]
  for (const [what, number, came] of lossy) {
    for (const body of [`[[${number}], {}, null]`, `[[], {"a": ${number}}, null]`]) {
      it(`'s body is refused, not rounded: ${what} in ${body.startsWith('[[],') ? 'kwargs' : 'args'}`, () => {
        expect(() => readBody({ body: Buffer.from(body).toString('base64'), bodyEncoding: 'base64' }))
          .to.throw(`expected numbers that JavaScript can hold, came ${came}`)
          .with.property('code', 'MESSAGE_UNREADABLE')
      })
    }
    it(`of protocol 1 is refused, not rounded: ${what}`, () => {
      const body = `{"task":"old.add","id":"x","args":[${number}],"kwargs":{}}`
      expect(() => decoded({ ...good, headers: {}, properties: {}, body }))
        .to.throw(`expected numbers that JavaScript can hold, came ${came}`)
        .with.property('code', 'MESSAGE_UNREADABLE')
    })
  }

  it("'s numbers are exact where JavaScript has them", () => {
    const text = '[[9007199254740991, -9007199254740991, 1e300, 0.1, 5e-324, "9007199254740993"], {}, null]'
    const args = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e300, 0.1, 5e-324, '9007199254740993']
    expect(readBody({ body: text, bodyEncoding: null }).args).to.deep.equal(args)
  })

  const bad: [name: string, value: unknown, expected: string][] = [
    ['not UTF-8', Buffer.from([0xff, 0xfe]), 'expected UTF-8 text, came other bytes'],
    ['nothing at all', Buffer.alloc(0), 'expected JSON, came other text'],
    ['not JSON', Buffer.from('hello'), 'expected JSON, came other text'],
    ['NaN in it', Buffer.from('{"headers": {"x": NaN}}'), 'expected JSON, came NaN'],
    ['a list', [], 'expected an object with body, headers and properties, came a list'],
    ['null', null, 'came null'],
    ['pickle', { ...good, 'content-type': 'application/x-python-serialize' }, 'came "application/x-python-serialize"'],
    ['no content type', { ...good, 'content-type': undefined }, 'came nothing'],
    ['no headers', { ...good, headers: undefined }, 'expected headers: an object, came nothing'],
    ['no properties', { ...good, properties: 1 }, 'expected properties: an object, came a value of type number'],
    ['a body that is no text', { ...good, body: {} }, 'expected body: text'],
    [
      'another compression',
      withHeaders({ compression: 'application/x-bz2' }),
      'expected headers.compression application/x-gzip or none, came "application/x-bz2"',
    ],
    [
      'a compressed body that is not encoded',
      { ...withHeaders({ compression: 'zlib' }), properties: {} },
      'expected a compressed body in base64, came another',
    ],
    ['another encoding', { ...good, properties: { body_encoding: 'rot13' } }, 'body_encoding base64, came "rot13"'],
    ['a protocol 1 body of other bytes', { ...good, headers: {}, body: '/w==' }, 'expected body: UTF-8 text in base64'],
    ['no id', withHeaders({ id: null }), 'expected headers.id: text, came null'],
    ['an empty name', withHeaders({ task: '' }), 'expected headers.task: text'],
    ['retries below 0', withHeaders({ retries: -1 }), 'expected headers.retries: a whole number, came -1'],
    ['retries as text', withHeaders({ retries: '1' }), 'expected headers.retries: a whole number, came "1"'],
    ['half a crash', withHeaders({ lovage_crashes: 0.5 }), 'headers.lovage_crashes: a whole number, came 0.5'],
    ['an eta that is no time', withHeaders({ eta: 'soon' }), 'expected an ISO 8601 time, came 4 other characters'],
    ['an eta that no calendar has', withHeaders({ eta: '2026-13-01T00:00:00Z' }), 'expected an ISO 8601 time'],
    ['expires of another type', withHeaders({ expires: {} }), 'expected headers.expires: an ISO 8601 time'],
    ['neither protocol', { ...good, headers: {}, body: 'aGk=' }, 'expected headers.task, or a protocol 1 body in JSON'],
    ['a protocol 1 body of another form', { ...good, headers: {}, body: 'W10=' }, 'a protocol 1 body, came a list'],
    ['protocol 1 without an id', readJson(protocol1({ id: undefined })), 'expected headers.id: text, came nothing'],
  ]
  for (const [name, value, expected] of bad) {
    it(`is refused: ${name}`, () => {
      const raw = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))
      expect(() => decodeMessage(raw))
        .to.throw(expected)
        .with.property('code', 'MESSAGE_UNREADABLE')
    })
  }

  it('that is refused shows nothing of its arguments', () => {
    const raw = Buffer.from(JSON.stringify({ ...good, body: '["13800000000"', 'content-type': 'text/plain' }))
    expect(() => decodeMessage(raw)).to.throw(/^((?!13800000000).)*$/)
  })

  for (const [name, body] of [
    ['no JSON', '{'],
    ['an object', '{}'],
    ['too short', '[[]]'],
    ['args of another type', '[{},{}]'],
    ['kwargs of another type', '[[],[]]'],
  ] as const) {
    it(`'s body is refused: ${name}`, () => {
      expect(() => readBody({ body, bodyEncoding: null }))
        .to.throw('expected')
        .with.property('code', 'MESSAGE_UNREADABLE')
    })
  }

  it("'s body is refused: other bytes", () => {
    expect(() => readBody({ body: '/w==', bodyEncoding: 'base64' }))
      .to.throw('expected body: UTF-8 text in base64')
      .with.property('code', 'MESSAGE_UNREADABLE')
  })
})
