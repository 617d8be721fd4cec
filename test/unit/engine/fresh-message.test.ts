import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { expect } from 'chai'
import { freshMessage, priorityOf } from '../../../src/engine/fresh-message.ts'
import { decodeMessage } from '../../../src/engine/message.ts'

const fixture = readFileSync(new URL('../../fixtures/celery/task_messages.jsonl', import.meta.url), 'utf8')
const written = fixture
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { raw: string }).raw)

interface Message {
  body: string
  headers: Record<string, unknown>
  properties: Record<string, unknown>
}

/** What a Celery client wrote, changed. */
function message(change: { headers?: object; properties?: object } = {}): Message {
  const parsed = JSON.parse(written[0] ?? '') as Message
  return {
    ...parsed,
    headers: { ...parsed.headers, ...change.headers },
    properties: { ...parsed.properties, ...change.properties },
  }
}

function fresh(raw: string | Uint8Array, sentAt = 1_000): { text: string | null; priority: number } {
  return freshMessage(Buffer.from(raw), sentAt)
}

function freshText(changed: Message, sentAt?: number): Message {
  return JSON.parse(fresh(JSON.stringify(changed), sentAt).text ?? 'null') as Message
}

describe('a fresh message', () => {
  it('has all its retries, no crashes and no eta', () => {
    const failed = message({ headers: { retries: 3, lovage_crashes: 2, eta: '2026-01-01T00:00:00+00:00' } })
    const again = freshText(failed)
    expect(again.headers).to.include({ retries: 0, eta: null })
    expect(again.headers).not.to.have.property('lovage_crashes')
    expect(decodeMessage(Buffer.from(JSON.stringify(again)))).to.include({ retries: 0, crashes: 0, eta: null })
  })

  it('counts as sent now, under a delivery tag of its own', () => {
    const failed = message({ headers: { lovage_sent: 1 }, properties: { timestamp: 1 } })
    const again = freshText(failed, 1_700_000_000_500)
    expect(again.headers).not.to.have.property('lovage_sent')
    expect(again.properties['timestamp']).to.equal(1_700_000_000.5)
    expect(again.properties['delivery_tag']).to.be.a('string').that.is.not.empty
    expect(again.properties['delivery_tag']).not.to.equal(failed.properties['delivery_tag'])
  })

  it('keeps everything else, headers that nobody knows too', () => {
    const failed = message({ headers: { trace: { a: [] }, expires: '2090-01-01T00:00:00+00:00' } })
    const again = freshText(failed)
    expect(again.headers).to.deep.equal(failed.headers)
    const { delivery_tag: _tag, timestamp: _timestamp, ...properties } = again.properties
    const { delivery_tag: _before, ...before } = failed.properties
    expect(properties).to.deep.equal(before)
    expect(again.body).to.equal(failed.body)
  })

  it('keeps numbers as they were written, and a compressed body', () => {
    const body = deflateSync('[[1], {}, null]').toString('base64')
    const failed = { ...message({ headers: { big: 'here', compression: 'application/x-gzip' } }), body }
    const raw = JSON.stringify(failed).replace('"here"', '1180591620717411303424,"float":1.0')
    const { text } = fresh(raw)
    expect(text).to.include('"big":1180591620717411303424,"float":1.0,"compression":"application/x-gzip"')
    expect(decodeMessage(Buffer.from(text ?? ''))).to.include({ body, bodyEncoding: 'base64+zlib' })
  })

  it('is made of everything that Celery wrote', () => {
    for (const raw of written) {
      const before = decodeMessage(Buffer.from(raw))
      const after = decodeMessage(Buffer.from(fresh(raw).text ?? ''))
      expect(after).to.deep.equal({ ...before, retries: 0, eta: null, sentAt: 1_000, queuedAt: 1_000 })
    }
  })

  const protocol1 = JSON.stringify({
    body: JSON.stringify({ task: 'proj.add', id: 'x', args: [1, 2], kwargs: {}, retries: 3 }),
    'content-type': 'application/json',
    'content-encoding': 'utf-8',
    headers: {},
    properties: { priority: 6 },
  })
  const asTheyAre = [
    { what: 'a protocol 1 message', raw: protocol1, priority: 6 },
    { what: 'bytes that are no text', raw: Buffer.from([0xff, 0x00]), priority: 0 },
    { what: 'text that is no JSON', raw: 'garbage', priority: 0 },
    { what: 'nothing', raw: '', priority: 0 },
    { what: 'JSON that is no object', raw: '[1]', priority: 0 },
    { what: 'JSON null', raw: 'null', priority: 0 },
    {
      what: 'a message whose headers are not as they should be',
      raw: JSON.stringify(message({ headers: { retries: 'many' }, properties: { priority: 9 } })),
      priority: 9,
    },
  ]
  for (const { what, raw, priority } of asTheyAre) {
    it(`is not made of ${what}: it stays as it is`, () => {
      expect(fresh(raw)).to.deep.equal({ text: null, priority })
    })
  }
})

describe("a message's priority", () => {
  const cases: [told: unknown, priority: number][] = [
    [undefined, 0],
    [null, 0],
    [0, 0],
    [5, 5],
    ['7', 7],
    [9.9, 9],
    [255, 9],
    [-3, 0],
    ['high', 0],
    [{}, 0],
  ]
  for (const [told, priority] of cases) {
    it(`is ${priority} where it says ${JSON.stringify(told)}`, () => {
      const raw = JSON.stringify(message({ properties: { priority: told } }))
      expect(priorityOf(Buffer.from(raw))).to.equal(priority)
      expect(fresh(raw).priority).to.equal(priority)
    })
  }
})
