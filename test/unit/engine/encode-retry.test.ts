import { expect } from 'chai'
import { deflateSync, inflateSync } from 'node:zlib'
import { readBody } from '../../../src/engine/body.ts'
import { encodeAdmitted, encodeMessage, encodeRetry, encodeUnadmitted } from '../../../src/engine/encode-message.ts'
import { decodeMessage } from '../../../src/engine/message.ts'
import { goldenMessages, protocol1, readJson } from './golden-messages.ts'

const eta = 1_800_000_000_123
const etaText = '2027-01-15T08:00:00.123000+00:00'
const next = { retries: 3, crashes: 0, eta }
const ours = Buffer.from(
  encodeMessage({ name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 5_000 }),
)

describe('a message that is to run again', () => {
  goldenMessages.forEach(({ raw, envelope }, index) => {
    const { headers, properties } = envelope
    it(`of a real Celery keeps all but its counts, its eta and its tag: ${String(headers['task'])} (${index + 1})`, () => {
      const retries = Number(headers['retries']) + 1
      const again = readJson(encodeRetry(raw, { retries, crashes: 0, eta }))
      const tag = again.properties['delivery_tag']
      expect(again).to.deep.equal({
        ...envelope,
        headers: { ...headers, retries, eta: etaText },
        properties: { ...properties, delivery_tag: tag },
      })
      expect(tag).to.be.a('string').that.is.not.equal(properties['delivery_tag'])
      // Celery's own retry has its fields in this order too.
      expect(Object.keys(again.headers)).to.deep.equal(Object.keys(headers))
    })

    it(`of a real Celery is read again: ${String(headers['task'])} (${index + 1})`, () => {
      const again = decodeMessage(Buffer.from(encodeRetry(raw, { retries: 7, crashes: 2, eta })))
      expect(again).to.deep.equal({ ...decodeMessage(raw), retries: 7, crashes: 2, eta })
    })
  })

  it('of ours keeps all but these too', () => {
    const again = decodeMessage(Buffer.from(encodeRetry(ours, next)))
    expect(again).to.deep.equal({ ...decodeMessage(ours), retries: 3, eta, queuedAt: eta })
    const { properties } = readJson(encodeRetry(ours, next))
    expect(properties).to.deep.include({ delivery_info: { exchange: '', routing_key: 'celery' } })
    // It waits on its queue from its eta on.
    expect(properties).to.include({ timestamp: eta / 1_000 })
  })

  it('tells the next run what this one said, and without a word what it was told itself', () => {
    expect(decodeMessage(ours)).not.to.have.property('memo')
    const told = Buffer.from(encodeRetry(ours, { ...next, memo: 'at the first one' }))
    const second = { ...decodeMessage(ours), retries: 3, eta, queuedAt: eta }
    expect(decodeMessage(told)).to.deep.equal({ ...second, memo: 'at the first one' })
    const later = Buffer.from(encodeRetry(told, { ...next, retries: 4 }))
    expect(decodeMessage(later)).to.include({ retries: 4, memo: 'at the first one' })
    expect(decodeMessage(Buffer.from(encodeRetry(later, { ...next, memo: 'b' })))).to.include({ memo: 'b' })
  })

  it('tells nothing that is no memo', () => {
    for (const memo of [7, '', 'a\nb', 'x'.repeat(201), null]) {
      const { headers, ...rest } = readJson(ours)
      const raw = Buffer.from(JSON.stringify({ ...rest, headers: { ...headers, lovage_memo: memo } }))
      expect(decodeMessage(raw)).not.to.have.property('memo')
    }
  })

  it('has a rate limit let it pass anew: leave is for one start', () => {
    const admitted = Buffer.from(encodeAdmitted(ours))
    expect(decodeMessage(admitted)).to.deep.equal({ ...decodeMessage(ours), admitted: true, queuedAt: null })
    const { properties } = readJson(admitted)
    expect(properties, 'nobody knows since when it waits on its queue').not.to.have.any.keys('timestamp')
    for (const text of [encodeRetry(admitted, next), encodeUnadmitted(admitted)]) {
      expect(decodeMessage(Buffer.from(text)).admitted).to.equal(false)
    }
    const old = Buffer.from(encodeAdmitted(protocol1({})))
    expect(decodeMessage(old)).to.include({ admitted: true, id: 'x' })
    expect(decodeMessage(Buffer.from(encodeUnadmitted(old))).admitted).to.equal(false)
  })

  it('keeps headers that we do not know', () => {
    const { headers, ...rest } = readJson(ours)
    const custom = { ...headers, tenant: { id: 7, tags: [] }, stamps: {}, expires: '2030-01-01T00:00:00' }
    const again = readJson(encodeRetry(Buffer.from(JSON.stringify({ ...rest, headers: custom })), next))
    expect(again.headers).to.deep.equal({ ...custom, retries: 3, eta: etaText, lovage_sent: 5 })
  })

  it('says when it was first sent, however often it is written anew', () => {
    const retry = encodeRetry(ours, next)
    const admitted = encodeAdmitted(Buffer.from(retry))
    const second = encodeRetry(Buffer.from(admitted), { ...next, retries: 4 })
    for (const text of [encodeAdmitted(ours), retry, admitted, second]) {
      expect(readJson(text).headers).to.include({ lovage_sent: 5 })
      expect(decodeMessage(Buffer.from(text)).sentAt).to.equal(5_000)
    }
  })

  it('says nothing of that where the message did not, or said what is no time', () => {
    const { properties, ...rest } = readJson(ours)
    for (const timestamp of [undefined, 0, -5, '5', null]) {
      const raw = Buffer.from(JSON.stringify({ ...rest, properties: { ...properties, timestamp } }))
      expect(decodeMessage(raw)).to.include({ sentAt: null, queuedAt: null })
    }
    const silent = Buffer.from(JSON.stringify({ ...rest, properties: { ...properties, timestamp: undefined } }))
    expect(decodeMessage(Buffer.from(encodeRetry(silent, next)))).to.include({ sentAt: null, queuedAt: null })
  })

  it('has a header for its crashes where it had any', () => {
    expect(readJson(encodeRetry(ours, next)).headers).not.to.have.property('lovage_crashes')
    const crashed = encodeRetry(ours, { retries: 0, crashes: 2, eta })
    expect(readJson(crashed).headers).to.include({ lovage_crashes: 2, retries: 0 })
    const again = encodeRetry(Buffer.from(crashed), { retries: 1, crashes: 2, eta })
    expect(decodeMessage(Buffer.from(again))).to.include({ crashes: 2, retries: 1 })
  })

  it('has a new delivery tag each time', () => {
    const tags = [1, 2].map(() => readJson(encodeRetry(ours, next)).properties['delivery_tag'])
    expect(new Set([...tags, readJson(ours).properties['delivery_tag']]).size).to.equal(3)
  })

  for (const encoded of [true, false]) {
    it(`of protocol 1 has its counts in its body, ${encoded ? 'in base64' : 'as it is'}`, () => {
      const raw = protocol1({ retries: 1, errbacks: [], eta: null }, encoded)
      const text = encodeRetry(raw, { retries: 2, crashes: 1, eta })
      const again = readJson(text)
      expect(again.headers).to.deep.equal({})
      const body = encoded ? Buffer.from(again.body, 'base64').toString() : again.body
      expect(JSON.parse(body)).to.deep.equal({
        task: 'old.add',
        id: 'x',
        args: [1],
        kwargs: { b: 2 },
        errbacks: [],
        retries: 2,
        eta: etaText,
        lovage_crashes: 1,
      })
      expect(again.properties['delivery_tag']).not.to.equal('old')
      expect(decodeMessage(Buffer.from(text))).to.deep.equal({ ...decodeMessage(raw), retries: 2, crashes: 1, eta })
    })
  }

  it('keeps a compressed body and its header byte for byte', () => {
    const body = deflateSync('[[2, 3], {}, null]').toString('base64')
    const { headers, ...rest } = readJson(ours)
    const compressed = { ...rest, body, headers: { ...headers, compression: 'application/x-gzip' } }
    const text = encodeRetry(Buffer.from(JSON.stringify(compressed)), next)
    expect(readJson(text)).to.deep.include({ body })
    expect(readJson(text).headers).to.include({ compression: 'application/x-gzip', retries: 3 })
    expect(readBody(decodeMessage(Buffer.from(text))).args).to.deep.equal([2, 3])
  })

  it('of protocol 1 is compressed again where it was', () => {
    const body = deflateSync('{"task":"old.add","id":"x","args":[1.0],"kwargs":{}}').toString('base64')
    const headers = { compression: 'application/x-gzip' }
    const text = encodeRetry(Buffer.from(JSON.stringify({ ...readJson(ours), headers, body })), next)
    expect(readJson(text).headers).to.deep.equal(headers)
    expect(inflateSync(Buffer.from(readJson(text).body, 'base64')).toString()).to.equal(
      `{"task":"old.add","id":"x","args":[1.0],"kwargs":{},"retries":3,"eta":"${etaText}"}`,
    )
    expect(decodeMessage(Buffer.from(text))).to.include({ id: 'x', retries: 3, eta })
  })

  it('keeps numbers as they were written, also those that JavaScript can not hold', () => {
    const written = String(ours).replace('"headers":{', '"headers":{"big":1180591620717411303424,"float":1.0,')
    expect(encodeRetry(Buffer.from(written), next)).to.include('"big":1180591620717411303424,"float":1.0,')
  })

  it('is not made of what is no message', () => {
    for (const raw of [Buffer.from([0xff]), Buffer.from('hello'), Buffer.from('[]')]) {
      expect(() => encodeRetry(raw, next))
        .to.throw('expected')
        .with.property('code', 'MESSAGE_UNREADABLE')
    }
  })
})
