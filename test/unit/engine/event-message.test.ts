import { expect } from 'chai'
import {
  eventWriter,
  membersOf,
  readEventMessage,
  writeEventMessage,
  type EventFields,
} from '../../../src/engine/event-message.ts'
import { goldenEvents } from './golden-events.ts'
import { readJson } from './golden-messages.ts'

const event = { hostname: 'h', utcoffset: 0, pid: 1, clock: 1, timestamp: 1, type: 'task-started' }

function base64(body: unknown): string {
  return Buffer.from(JSON.stringify(body)).toString('base64')
}

/** A message with this body, as it is or in base64. */
function messageOf(body: unknown, encoded = true): Buffer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const properties = encoded ? { body_encoding: 'base64' } : {}
  return Buffer.from(JSON.stringify({ body: encoded ? Buffer.from(text).toString('base64') : text, properties }))
}

describe('a message of events', () => {
  it('is read as a real Celery wrote it', () => {
    expect(goldenEvents.length).to.be.greaterThan(9)
    for (const { raw, body } of goldenEvents) expect(readEventMessage(raw)).to.deep.equal([body].flat())
  })

  it('is written as a real Celery writes it', () => {
    for (const { envelope, body, channel } of goldenEvents) {
      const routingKey = channel.slice('/0.celeryev/'.length)
      const written = readJson(writeEventMessage(routingKey, String(envelope.headers['hostname']), base64(body)))
      expect(JSON.parse(Buffer.from(written.body, 'base64').toString())).to.deep.equal(body)
      expect(written.properties['delivery_tag']).to.be.a('string')
      // Another one each time.
      const properties = { ...written.properties, delivery_tag: envelope.properties['delivery_tag'] }
      expect({ ...written, properties, body: envelope.body }).to.deep.equal(envelope)
    }
  })

  it('holds events that say what a real Celery says', () => {
    for (const golden of goldenEvents.flatMap(({ body }) => body)) {
      const { hostname, utcoffset, pid, clock, timestamp, type, ...fields } = golden
      const write = eventWriter({ hostname: String(hostname), utcoffset: Number(utcoffset), pid: Number(pid) })
      const written = JSON.parse(write(type, Number(clock), membersOf(fields as EventFields))) as Record<
        string,
        unknown
      >
      expect(Object.keys(written)).to.deep.equal(Object.keys(golden))
      expect(written['timestamp']).to.be.closeTo(Date.now() / 1000, 1)
      expect({ ...written, timestamp }).to.deep.equal(golden)
    }
    const odd = eventWriter({ hostname: '"', utcoffset: 0, pid: 1 })('custom', 2, '"a":1')
    expect(JSON.parse(odd)).to.include({ hostname: '"', clock: 2, type: 'custom', a: 1 })
  })

  it('holds no half of a character, which Python could not print', () => {
    const half = '\ud83d'
    const whole = '\u{1f600} \\ud'
    const write = eventWriter({ hostname: 'h', utcoffset: 0, pid: 1 })
    const written = write('task-succeeded', 1, membersOf({ uuid: half, list: [`${half}${whole}`] }))
    expect(JSON.parse(written)).to.deep.include({ uuid: '\ufffd', list: [`\ufffd${whole}`] })
  })

  it('is read in plain text, too', () => {
    expect(readEventMessage(messageOf(event, false))).to.deep.equal([event])
  })

  it('is read without what is no event', () => {
    const body = [null, 3, 'task-sent', [], {}, { type: 7 }, event, { type: 'x' }]
    expect(readEventMessage(messageOf(body))).to.deep.equal([event, { type: 'x' }])
    expect(readEventMessage(messageOf('null'))).to.deep.equal([])
  })

  for (const [what, raw] of [
    ['no JSON', Buffer.from('hello')],
    ['no text', Buffer.from([0xff, 0xfe])],
    ['no object', Buffer.from('[]')],
    ['no body', Buffer.from('{}')],
    ['a body that is no text', Buffer.from('{"body":1}')],
    ['a body that is no JSON', messageOf('hello')],
  ] as const) {
    it(`can not be read: ${what}`, () => expect(() => readEventMessage(raw)).to.throw())
  }
})
