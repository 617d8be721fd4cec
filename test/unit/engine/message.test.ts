import { expect } from 'chai'
import { readBody } from '../../../src/engine/body.ts'
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

  it('of protocol 1 may have no arguments', () => {
    const message = decodeMessage(protocol1({ args: undefined, kwargs: undefined }))
    expect(readBody(message)).to.deep.equal({ args: [], kwargs: {} })
  })

  const bad: [name: string, value: unknown, expected: string][] = [
    ['not UTF-8', Buffer.from([0xff, 0xfe]), 'expected UTF-8 text, came other bytes'],
    ['nothing at all', Buffer.alloc(0), 'expected JSON, came other text'],
    ['not JSON', Buffer.from('hello'), 'expected JSON, came other text'],
    ['a list', [], 'expected an object with body, headers and properties, came a list'],
    ['null', null, 'came null'],
    ['pickle', { ...good, 'content-type': 'application/x-python-serialize' }, 'came "application/x-python-serialize"'],
    ['no content type', { ...good, 'content-type': undefined }, 'came nothing'],
    ['no headers', { ...good, headers: undefined }, 'expected headers: an object, came nothing'],
    ['no properties', { ...good, properties: 1 }, 'expected properties: an object, came a value of type number'],
    ['a body that is no text', { ...good, body: {} }, 'expected body: text'],
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
