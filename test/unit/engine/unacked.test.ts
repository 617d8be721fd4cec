import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { matchesTopic, readUnacked } from '../../../src/engine/broker/unacked.ts'

interface Golden {
  field: string
  value: string
}

const file = readFileSync(new URL('../../fixtures/celery/unacked_entries.jsonl', import.meta.url), 'utf8')
const golden = file
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

const properties = { delivery_tag: 'tag', delivery_info: { exchange: '', routing_key: 'celery' }, priority: 0 }
const message = { body: 'W10=', headers: {}, properties }

/** Reads an entry that kombu might have written, with another priority. */
function priorityOf(priority: unknown): number {
  return readUnacked(entry([{ ...message, properties: { ...properties, priority } }, '', 'celery'])).priority
}

function entry(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

describe('an entry of unacked', () => {
  golden.forEach(({ value }, index) => {
    it(`of a real Celery is read, and marked as redelivered in both places (${index + 1})`, () => {
      const [original, exchange, routingKey] = JSON.parse(value) as [typeof message, string, string]
      const read = readUnacked(Buffer.from(value))
      expect(read).to.include({ fault: null, exchange, routingKey, priority: original.properties.priority })
      expect(JSON.parse(read.message)).to.deep.equal({
        ...original,
        headers: { ...original.headers, redelivered: true },
        properties: {
          ...original.properties,
          delivery_info: { ...original.properties.delivery_info, redelivered: true },
        },
      })
    })
  })

  it('that was redelivered before is marked once', () => {
    const first = readUnacked(entry([message, '', 'celery'])).message
    const second = readUnacked(Buffer.from(`[${first}, "", "celery"]`)).message
    expect(second).to.equal(first)
    expect(first.match(/redelivered/g)).to.have.length(2)
  })

  it('keeps numbers that JavaScript would change, and text that looks like numbers', () => {
    const headers = String.raw`{"big": 12345678901234567890, "float": 1.0, "list": [1e3, -0, 5], "text": "1.0 \"2.0\" \u00e9\ud800"}`
    const text = `[{"body": "", "headers": ${headers}, "properties": ${JSON.stringify(properties)}}, "", "celery"]`
    const { message: restored } = readUnacked(Buffer.from(text))
    expect(restored).to.contain('"big":12345678901234567890,"float":1.0,"list":[1e3,-0,5]')
    const read = JSON.parse(restored) as { headers: { text: string } }
    expect(read.headers.text).to.equal('1.0 "2.0" é\ud800')
  })

  it('without headers is marked nowhere, as kombu does it', () => {
    const { headers: _, ...bare } = message
    const { fault, message: restored } = readUnacked(entry([bare, '', 'celery']))
    expect(fault).to.equal(null)
    expect(JSON.parse(restored)).to.deep.equal(bare)
  })

  it('tells the priority as Python reads it', () => {
    const known: [unknown, number][] = [
      [0, 0],
      [3, 3],
      [9, 9],
      [12, 9],
      [-1, 0],
      [5.9, 5],
      ['7', 7],
      [' 4 ', 4],
      [true, 1],
      ['high', 0],
      [null, 0],
      [undefined, 0],
      [[5], 0],
      [{}, 0],
    ]
    expect(known.map(([value]) => priorityOf(value))).to.deep.equal(known.map(([, priority]) => priority))
  })

  const faults: [what: string, raw: Buffer, fault: string, routingKey: string][] = [
    ['other bytes', Buffer.from([0x5b, 0xff, 0x5d]), 'JSON in UTF-8', ''],
    ['nothing', Buffer.alloc(0), 'JSON in UTF-8', ''],
    ['a byte order mark', Buffer.from(`\ufeff${JSON.stringify([message, '', 'celery'])}`), 'JSON in UTF-8', ''],
    ['NaN', Buffer.from('[NaN, "", "celery"]'), 'JSON in UTF-8', ''],
    ['an object', entry(message), 'a list of message, exchange and routing key', ''],
    ['two parts', entry([message, '']), 'a list of message, exchange and routing key', ''],
    ['four parts', entry([message, '', 'celery', 1]), 'a list of message, exchange and routing key', ''],
    ['a message that is text', entry(['text', '', 'sms']), 'a message: an object', 'sms'],
    ['headers that are null', entry([{ ...message, headers: null }, '', 'sms']), 'headers: an object', 'sms'],
    ['no properties', entry([{ body: '', headers: {} }, '', 'sms']), 'properties: an object', 'sms'],
    [
      'no delivery tag',
      entry([{ ...message, properties: { ...properties, delivery_tag: undefined } }, '', 'sms']),
      'properties.delivery_tag',
      'sms',
    ],
    [
      'no exchange in delivery_info',
      entry([{ ...message, properties: { ...properties, delivery_info: { routing_key: 'sms' } } }, '', 'sms']),
      'properties.delivery_info with exchange and routing_key',
      'sms',
    ],
    ['a routing key that is a number', entry([message, '', 5]), 'names of exchange and queue', ''],
    ['a routing key that no key can have', entry([message, '', 'a\ud800']), 'names of exchange and queue', ''],
    ['an exchange that is a list', entry([message, [], 'sms']), 'names of exchange and queue', 'sms'],
  ]
  for (const [what, raw, fault, routingKey] of faults) {
    it(`that is or has ${what} is not restored`, () => {
      expect(readUnacked(raw)).to.include({ fault, routingKey, message: '' })
    })
  }

  it('that is nested deeper than a stack is not restored, and throws nothing', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const text = JSON.stringify([{ ...message, headers: { deep: 'HERE' } }, '', 'celery']).replace('"HERE"', deep)
    expect(readUnacked(Buffer.from(text)).fault).to.equal('JSON in UTF-8')
  })
})

describe('a binding to a topic exchange', () => {
  const known: [key: string, routingKey: string, matches: boolean][] = [
    ['mail', 'mail', true],
    ['mail', 'mailbox', false],
    ['task.#', 'task.a.b', true],
    ['task.#', 'task.', true],
    ['task.#', 'task', false],
    ['task.*', 'task.a', true],
    ['task.*', 'task.a.b', true],
    ['task.*', 'task.', false],
    ['task.*', 'tasks.a', false],
    ['#.mail', 'a.b.mail', true],
    ['#.mail', 'a.b.mails', false],
    ['*.b.#', 'a.b.c', true],
    ['*.b.#', '.b.c', false],
    ['#', '', true],
    ['*', '', false],
  ]
  for (const [key, routingKey, matches] of known) {
    it(`of ${key} ${matches ? 'takes' : 'does not take'} "${routingKey}"`, () => {
      expect(matchesTopic(key, routingKey)).to.equal(matches)
    })
  }
})
