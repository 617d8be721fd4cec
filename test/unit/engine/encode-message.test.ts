import { expect } from 'chai'
import { readBody } from '../../../src/engine/body.ts'
import { encodeMessage, type OutgoingTask } from '../../../src/engine/encode-message.ts'
import { decodeMessage } from '../../../src/engine/message.ts'
import { goldenMessages, readJson } from './golden-messages.ts'

const call: OutgoingTask = {
  name: 'proj.add',
  args: [2, 3],
  id: 'an-id',
  queue: 'celery',
  origin: '1@host',
  sentAt: 1_700_000_000_250,
}
const written = (change: Partial<OutgoingTask> = {}) => readJson(encodeMessage({ ...call, ...change }))
const bodyOf = (change: Partial<OutgoingTask>) =>
  readBody(decodeMessage(Buffer.from(encodeMessage({ ...call, ...change }))))

describe('a message that is sent', () => {
  it('has what a Celery worker needs, in its places, and nothing that it takes for granted', () => {
    const [first] = goldenMessages
    if (first === undefined) expect.fail('no golden message')
    const theirs = first.envelope
    const ours = written()
    expect(Object.keys(ours)).to.have.members(Object.keys(theirs))
    expect(ours.headers).to.have.all.keys('lang', 'task', 'id', 'argsrepr', 'kwargsrepr', 'origin')
    expect(theirs.headers).to.include.all.keys(Object.keys(ours.headers))
    expect(ours.properties).to.have.all.keys('delivery_info', 'body_encoding', 'delivery_tag', 'timestamp')
    expect(ours.properties).to.deep.include({
      delivery_info: { exchange: '', routing_key: 'celery' },
      body_encoding: 'base64',
    })
  })

  const headers: [what: string, change: Partial<OutgoingTask>, headers: object][] = [
    ['the language of its sender', {}, { lang: 'js' }],
    ['its id', {}, { id: 'an-id' }],
    ['who sent it', { origin: '7@w1' }, { origin: '7@w1' }],
    ['its eta', { eta: 1_800_000_000_001 }, { eta: '2027-01-15T08:00:00.001000+00:00' }],
    ['its end', { expiresAt: 0 }, { expires: '1970-01-01T00:00:00.000000+00:00' }],
    ['its limits, the hard one first', { timeLimit: 60, softTimeLimit: 50 }, { timelimit: [60, 50] }],
    ['a hard limit alone', { timeLimit: 60 }, { timelimit: [60, null] }],
    ['a soft limit alone', { softTimeLimit: 0.5 }, { timelimit: [null, 0.5] }],
    ['that nobody wants its result', { ignoreResult: true }, { ignore_result: true }],
    [
      'its arguments as Python shows them',
      { args: ['a', null, true] },
      { argsrepr: "('a', None, True)", kwargsrepr: '{}' },
    ],
  ]
  for (const [what, change, expected] of headers) {
    it(`tells ${what}`, () => expect(written(change).headers).to.deep.include(expected))
  }

  it('tells its queue, its priority and when it was sent, in seconds', () => {
    expect(written({ queue: 'high', priority: 6 }).properties).to.deep.include({
      delivery_info: { exchange: '', routing_key: 'high' },
      priority: 6,
      timestamp: 1_700_000_000.25,
    })
    // Celery and kombu take a message without one for 0.
    expect(written().properties).not.to.have.property('priority')
  })

  it('waits on its queue from its eta on', () => {
    expect(written({ eta: 1_800_000_000_500 }).properties).to.include({ timestamp: 1_800_000_000.5 })
    expect(written({ eta: 0 }).properties).to.include({ timestamp: 1_700_000_000.25 })
  })

  it('comes back as it was sent', () => {
    const more = { expiresAt: 1_800_000_000_000, eta: 1_790_000_000_000, timeLimit: 6, softTimeLimit: 5 }
    const message = decodeMessage(Buffer.from(encodeMessage({ ...call, ...more })))
    expect(message).to.deep.include({
      id: 'an-id',
      name: 'proj.add',
      retries: 0,
      crashes: 0,
      eta: more.eta,
      expires: more.expiresAt,
      timeLimit: [6, 5],
    })
    const args = [{ when: new Date(5), bytes: new Uint8Array([0, 255]) }, 'é', null]
    expect(bodyOf({ args })).to.deep.equal({ args, kwargs: {} })
  })

  it('has its own delivery tag at each publish', () => {
    const tags = [written(), written()].map(({ properties }) => properties['delivery_tag'])
    expect(new Set(tags).size).to.equal(2)
    // 72 random bits of this process, and a number.
    expect(tags[0]).to.match(/^[\w-]{12}\.[\da-z]+$/)
  })

  it('shows masked arguments where a mask is given, and nothing else of them', () => {
    const text = encodeMessage({ ...call, args: ['13800000000', '123456'], shownArgs: ['138****0000', '***'] })
    expect(readJson(text).headers).to.include({ argsrepr: "('138****0000', '***')" })
    expect(text).not.to.contain('13800000000')
  })

  it('leaves trailing undefined arguments out and refuses those between', () => {
    expect(bodyOf({ args: [1, undefined, undefined] }).args).to.deep.equal([1])
    expect(bodyOf({ args: [undefined] }).args).to.deep.equal([])
    expect(() => written({ args: [undefined, 1] }))
      .to.throw('proj.add: argument 1: expected a JSON value')
      .with.property('code', 'ARGUMENT_INVALID')
  })
})
