import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import {
  readControlReply,
  readControlRequest,
  writeControlReply,
  writeControlRequest,
} from '../../../src/engine/control-message.ts'

interface Line {
  readonly raw: string
  readonly decoded_body: Record<string, unknown>
}

function golden(name: string): Line[] {
  const text = readFileSync(new URL(`../../fixtures/celery/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

/** A message whose delivery tag is not compared: it is another each time. */
function withoutTag(raw: string): unknown {
  const message = JSON.parse(raw) as { body: string; properties: Record<string, unknown> }
  const { delivery_tag: tag, ...properties } = message.properties
  expect(tag).to.be.a('string')
  return { ...message, properties, body: JSON.parse(Buffer.from(message.body, 'base64').toString()) as unknown }
}

function request(body: object): Buffer {
  const encoded = Buffer.from(JSON.stringify(body)).toString('base64')
  return Buffer.from(JSON.stringify({ body: encoded, headers: {}, properties: { body_encoding: 'base64' } }))
}

describe('a message of remote control', () => {
  it('is read as a real Celery wrote it', () => {
    const lines = golden('pidbox_requests')
    expect(lines.length).to.be.greaterThan(5)
    for (const { raw, decoded_body: body } of lines) {
      const read = readControlRequest(Buffer.from(raw))
      expect(read).to.deep.include({ method: body['method'], arguments: body['arguments'], ticket: body['ticket'] })
      const replyTo = body['reply_to'] as { routing_key: string } | null
      expect(read.replyTo).to.equal(replyTo?.routing_key ?? null)
      const { expires } = (JSON.parse(raw) as { headers: { expires: number } }).headers
      expect(read).to.deep.include({ destination: null, pattern: null, expiresAt: expires * 1000 })
    }
  })

  it('of a request is written as a real Celery writes it', () => {
    const ping = golden('pidbox_requests').find(({ decoded_body: body }) => body['method'] === 'ping')
    if (ping === undefined) throw new Error('no ping was recorded')
    const read = readControlRequest(Buffer.from(ping.raw))
    expect(withoutTag(writeControlRequest(read))).to.deep.equal(withoutTag(ping.raw))
  })

  it('of a reply is read and written as a real Celery writes it', () => {
    const lines = golden('pidbox_replies')
    expect(lines.length).to.be.greaterThan(5)
    for (const { raw } of lines) {
      const { properties } = JSON.parse(raw) as { properties: { delivery_info: { routing_key: string } } }
      const written = writeControlReply(readControlReply(Buffer.from(raw)), properties.delivery_info.routing_key)
      expect(withoutTag(written)).to.deep.equal(withoutTag(raw))
    }
  })

  it('may choose its nodes by a pattern, and then is never for all', () => {
    const patternOf = (body: object): unknown => readControlRequest(request({ method: 'shutdown', ...body })).pattern
    expect(patternOf({ pattern: 'w.', matcher: 'pcre' })).to.deep.equal({ text: 'w.', matcher: 'pcre' })
    expect(patternOf({ pattern: 'w*' })).to.deep.equal({ text: 'w*', matcher: 'glob' })
    for (const none of [{}, { pattern: null, matcher: null }, { pattern: '', matcher: 'glob' }]) {
      expect(patternOf(none)).to.equal(null)
    }
  })

  it('of a request is read as it was written', () => {
    const written = {
      method: 'revoke',
      arguments: { task_id: ['a'] },
      destination: ['one', 'two'],
      pattern: { text: 'o*', matcher: 'glob' },
      ticket: 't',
      replyTo: 'r',
      clock: 3,
      expiresAt: 1_500,
    }
    expect(readControlRequest(Buffer.from(writeControlRequest(written)))).to.deep.equal(written)
  })

  it('of a request that wants no reply says so, as kombu has it', () => {
    const told = {
      method: 'shutdown',
      arguments: {},
      destination: null,
      pattern: null,
      ticket: '',
      replyTo: null,
      clock: 1,
    }
    const raw = writeControlRequest({ ...told, expiresAt: null })
    expect(withoutTag(raw)).to.have.nested.property('headers.expires', 0)
    expect(withoutTag(raw))
      .to.have.property('body')
      .that.has.keys('method', 'arguments', 'destination', 'pattern', 'matcher')
    expect(readControlRequest(Buffer.from(raw))).to.deep.equal({ ...told, expiresAt: null })
  })

  it('is replied to only where replies belong', () => {
    const to = { exchange: '', routing_key: 'celery' }
    expect(readControlRequest(request({ method: 'ping', reply_to: to })).replyTo).to.equal(null)
  })

  it('that names nobody is for all', () => {
    expect(readControlRequest(request({ method: 'ping', destination: [] })).destination).to.equal(null)
    expect(readControlRequest(request({ method: 'ping', destination: ['a'] })).destination).to.deep.equal(['a'])
  })

  it('that names one node as text is for that one, and never for all', () => {
    expect(readControlRequest(request({ method: 'ping', destination: 'a' })).destination).to.deep.equal(['a'])
  })

  for (const [what, raw] of [
    ['no JSON', Buffer.from('no')],
    ['other bytes', Buffer.from([0xff, 0xfe])],
    ['a list', Buffer.from('[]')],
    ['no body', Buffer.from('{}')],
    ['a body that is a list', request([])],
    ['no method', request({})],
  ] as const) {
    it(`is refused where it is ${what}`, () => {
      expect(() => readControlRequest(raw)).to.throw()
    })
  }
})
