import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { readBody } from '../../../src/engine/body.ts'
import { encodeMessage } from '../../../src/engine/encode-message.ts'
import { decodeMessage } from '../../../src/engine/message.ts'

interface Golden {
  raw: string
  decoded_body: [unknown[], Record<string, unknown>, unknown]
}

const golden = readFileSync(new URL('../../fixtures/celery/task_messages.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

const call = { name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host' }

describe('a task message', () => {
  golden.forEach(({ raw, decoded_body: [args, kwargs] }, index) => {
    const { headers } = JSON.parse(raw) as { headers: Record<string, unknown> }
    it(`of a real Celery is read: ${String(headers['task'])} (${index + 1})`, () => {
      const message = decodeMessage(Buffer.from(raw))
      expect(message).to.include({
        id: headers['id'],
        name: headers['task'],
        retries: headers['retries'],
        rootId: headers['root_id'],
        parentId: headers['parent_id'],
        groupId: headers['group'],
        ignoreResult: headers['ignore_result'],
      })
      expect(message.eta).to.equal(headers['eta'] === null ? null : Date.parse(String(headers['eta'])))
      expect(readBody(message.body)).to.deep.equal({ args, kwargs })
    })
  })

  it('is written with every field that a Celery worker needs', () => {
    const [first] = golden
    const ours = JSON.parse(encodeMessage(call)) as Record<string, Record<string, unknown>>
    const theirs = JSON.parse(first?.raw ?? '') as Record<string, Record<string, unknown>>
    expect(Object.keys(ours)).to.have.members(Object.keys(theirs))
    // What 5.6 adds to 5.2 is left out: stamps and the nesting of replaced tasks.
    const newer = ['replaced_task_nesting', 'stamped_headers', 'stamps']
    const known = Object.keys(theirs['headers'] ?? {}).filter((key) => !newer.includes(key))
    expect(ours['headers']).to.have.all.keys(known)
    expect(ours['properties']).to.have.all.keys(Object.keys(theirs['properties'] ?? {}))
    expect(ours['properties']).to.deep.include({
      delivery_info: { exchange: '', routing_key: 'celery' },
      correlation_id: 'an-id',
      body_encoding: 'base64',
    })
  })

  it('comes back as it was sent', () => {
    const message = decodeMessage(Buffer.from(encodeMessage({ ...call, expiresAt: 1_800_000_000_000 })))
    expect(message).to.include({ id: 'an-id', name: 'proj.add', retries: 0, expires: 1_800_000_000_000, eta: null })
    expect(readBody(message.body)).to.deep.equal({ args: [2, 3], kwargs: {} })
  })

  it('has its own delivery tag at each publish', () => {
    const tag = (text: string): unknown =>
      (JSON.parse(text) as { properties: Record<string, unknown> }).properties['delivery_tag']
    expect(tag(encodeMessage(call))).not.to.equal(tag(encodeMessage(call)))
  })

  it('shows masked arguments where a mask is given, and nothing else of them', () => {
    const text = encodeMessage({ ...call, args: ['13800000000', '123456'], shownArgs: ['138****0000', '***'] })
    const { headers } = JSON.parse(text) as { headers: Record<string, unknown> }
    expect(headers['argsrepr']).to.equal("('138****0000', '***')")
    expect(text).not.to.contain('13800000000')
  })

  it('leaves trailing undefined arguments out and refuses those between', () => {
    expect(
      readBody(decodeMessage(Buffer.from(encodeMessage({ ...call, args: [1, undefined] }))).body).args,
    ).to.deep.equal([1])
    expect(() => encodeMessage({ ...call, args: [undefined, 1] })).to.throw(
      'proj.add: argument 1: expected a JSON value',
    )
  })

  it('of protocol 1 is read', () => {
    const body = Buffer.from(JSON.stringify({ task: 'old.add', id: 'x', args: [1], kwargs: { b: 2 }, retries: 2 }))
    const raw = {
      body: body.toString('base64'),
      'content-type': 'application/json',
      headers: {},
      properties: { body_encoding: 'base64' },
    }
    const message = decodeMessage(Buffer.from(JSON.stringify(raw)))
    expect(message).to.include({ id: 'x', name: 'old.add', retries: 2, rootId: 'x' })
    expect(readBody(message.body)).to.deep.equal({ args: [1], kwargs: { b: 2 } })
  })

  const good = JSON.parse(encodeMessage(call)) as Record<string, Record<string, unknown>>
  const withHeader = (key: string, value: unknown): unknown => ({
    ...good,
    headers: { ...good['headers'], [key]: value },
  })
  const bad: [string, unknown, string][] = [
    ['not UTF-8', Buffer.from([0xff, 0xfe]), 'expected UTF-8 text, came other bytes'],
    ['not JSON', Buffer.from('hello'), 'expected JSON, came other text'],
    ['a list', [], 'expected an object with body, headers and properties, came a list'],
    ['null', null, 'came null'],
    ['pickle', { ...good, 'content-type': 'application/x-python-serialize' }, 'came "application/x-python-serialize"'],
    ['no content type', { ...good, 'content-type': undefined }, 'came none'],
    ['no headers', { ...good, headers: undefined }, 'expected headers: an object, came nothing'],
    ['no properties', { ...good, properties: 1 }, 'expected properties: an object, came a value of type number'],
    ['a body that is no text', { ...good, body: {} }, 'expected body: text'],
    [
      'another encoding',
      { ...good, properties: { body_encoding: 'rot13' } },
      'expected body_encoding base64, came "rot13"',
    ],
    ['a body of other bytes', { ...good, body: '/w==' }, 'expected body: UTF-8 text in base64'],
    ['no id', withHeader('id', null), 'expected headers.id: text, came null'],
    ['an empty name', withHeader('task', ''), 'expected headers.task: text'],
    ['retries below 0', withHeader('retries', -1), 'expected headers.retries: a whole number, came -1'],
    ['an eta that is no time', withHeader('eta', 'soon'), 'expected an ISO 8601 time, came "soon"'],
    ['expires of another type', withHeader('expires', {}), 'expected headers.expires: an ISO 8601 time'],
    ['neither protocol', { ...good, headers: {}, body: 'aGk=' }, 'expected headers.task, or a protocol 1 body in JSON'],
    ['a protocol 1 body of another form', { ...good, headers: {}, body: 'W10=' }, 'a protocol 1 body, came a list'],
  ]
  for (const [name, value, expected] of bad) {
    it(`is refused: ${name}`, () => {
      const raw = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))
      expect(() => decodeMessage(raw))
        .to.throw(expected)
        .with.property('code', 'MESSAGE_UNREADABLE')
    })
  }

  for (const [name, body] of [
    ['no JSON', '{'],
    ['an object', '{}'],
    ['too short', '[[]]'],
    ['args of another type', '[{},{}]'],
    ['kwargs of another type', '[[],[]]'],
  ] as const) {
    it(`'s body is refused: ${name}`, () => {
      expect(() => readBody(body))
        .to.throw('expected')
        .with.property('code', 'MESSAGE_UNREADABLE')
    })
  }
})
