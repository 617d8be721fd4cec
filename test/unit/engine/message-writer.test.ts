import { expect } from 'chai'
import { readBody } from '../../../src/engine/body.ts'
import { EngineError } from '../../../src/engine/errors.ts'
import { decodeAnyMessage, decodeMessage } from '../../../src/engine/message.ts'
import { MessageWriter, type MessageCall } from '../../../src/engine/message-writer.ts'
import { PythonValue } from '../../../src/engine/python-value.ts'
import { seededRandom } from '../../support/message-fuzz.ts'
import { readJson } from './golden-messages.ts'

const call: MessageCall = { args: [1], id: 'an-id', queue: 'celery', sentAt: 1_700_000_000_000 }
const writer = new MessageWriter({ name: 'proj.add', origin: '1@host' })

describe('what writes the messages of one task', () => {
  const texts = [
    ['', ' ', 'proj.add', 'a"b', 'a\\b', '\\', '"', 'a\nb', '\0', '\u0006\u0016', '\u007f', '\u0080', '\u2028'],
    ['größe', '世界', '💡', '\ud800', '\udc00\ud800', '{"a":1}', '","id":"x', '__proto__', "it's", '</script>', '%s'],
  ].flat()
  const values: unknown[] = [
    texts,
    [null, true, false, 0, -0, 1.5, -1e-7, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE],
    [[], {}, [[]], { a: [null, { b: '世' }] }, { ['__proto__']: 1 }, { '': 0 }, { [' "\\']: ['"'] }],
    [new Date(0), new Date(-1), new Date(1_700_000_000_123), new Uint8Array([0, 255]), new Uint8Array()],
    [new PythonValue('decimal', '1.10'), { a: [new PythonValue('uuid', '123e4567-e89b-42d3-a456-426614174000')] }],
  ].flat()
  const times = [undefined, 0, 1_700_000_000_000, 1_700_000_000_999, 1_800_000_000_001, 253_402_300_799_999]
  const limits = [undefined, 1, 0.5, 1e-7, 3_600, 1e9, 1e21]

  it('writes what the whole decoder reads as the same call, whatever it is', () => {
    const random = seededRandom(77)
    const oneOf = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const text = (): string => oneOf(texts) + oneOf(texts)
    for (let round = 0; round < 500; round += 1) {
      const kind = { name: `n${text()}`, origin: text(), ignoreResult: random() < 0.5 }
      const many = new MessageWriter(kind)
      for (let message = 0; message < 2; message += 1) {
        const one = {
          args: Array.from({ length: Math.floor(random() * 4) }, () => oneOf(values)),
          id: `i${text()}`,
          queue: text(),
          eta: oneOf(times),
          expiresAt: oneOf(times),
          priority: oneOf([undefined, 0, 3, 9]),
          timeLimit: oneOf(limits),
          softTimeLimit: oneOf(limits),
          sentAt: oneOf([1_700_000_000_000, 1_700_000_000_250.123]),
        }
        const raw = Buffer.from(many.write(one))
        const said = decodeAnyMessage(raw)
        expect(said).to.deep.include({
          id: one.id,
          name: kind.name,
          retries: 0,
          crashes: 0,
          eta: one.eta ?? null,
          expires: one.expiresAt ?? null,
          timeLimit: [one.timeLimit ?? null, one.softTimeLimit ?? null],
          rootId: one.id,
          ignoreResult: kind.ignoreResult,
        })
        expect(decodeMessage(raw)).to.deep.equal(said)
        const args = one.args.map((arg) => (Object.is(arg, -0) ? 0 : arg))
        expect(readBody(said)).to.deep.equal({ args, kwargs: {} })
        const { headers, properties } = readJson(raw)
        expect(headers['origin']).to.equal(kind.origin)
        expect(properties).to.deep.include({ delivery_info: { exchange: '', routing_key: one.queue } })
        expect(properties['priority'] ?? 0).to.equal(one.priority ?? 0)
      }
    }
  })

  it('gives each message its queue, also when they take turns', () => {
    const queues = ['a', 'b', 'a', 'a', 'c"']
    const routed = queues.map((queue) => readJson(writer.write({ ...call, queue })).properties['delivery_info'])
    expect(routed).to.deep.equal(queues.map((queue) => ({ exchange: '', routing_key: queue })))
  })

  it('gives each message a delivery tag of its own', () => {
    const tags = Array.from({ length: 1_000 }, () => readJson(writer.write(call)).properties['delivery_tag'])
    expect(new Set(tags).size).to.equal(1_000)
  })

  it('leaves out arguments that are not given at the end, and no others', () => {
    const argsOf = (args: unknown[]): readonly unknown[] =>
      readBody(decodeAnyMessage(Buffer.from(writer.write({ ...call, args })))).args
    expect(argsOf([1, undefined, undefined])).to.deep.equal([1])
    expect(argsOf([undefined, undefined])).to.deep.equal([])
    expect(argsOf([null, undefined])).to.deep.equal([null])
    expect(() => argsOf([undefined, 1])).to.throw(EngineError, 'proj.add: argument 1')
  })

  it('shows other arguments than it sends where it is told to, and sends the right ones', () => {
    const raw = Buffer.from(writer.write({ ...call, args: ['13800000000'], shownArgs: ['138****0000'] }))
    expect(readJson(raw).headers['argsrepr']).to.equal("('138****0000',)")
    expect(readBody(decodeAnyMessage(raw)).args).to.deep.equal(['13800000000'])
  })

  for (const [what, arg] of [
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a BigInt', 1n],
    ['no number', NaN],
    ['an infinite one', -Infinity],
    ['one that would lose digits', 2 ** 53],
    ['an instance of a class', new Map()],
    ['an object that would be a typed value', { a: { __type__: 'x', __value__: 1 } }],
    ['no date', new Date(NaN)],
  ] as const) {
    it(`refuses ${what}, and writes the next as ever`, () => {
      expect(() => writer.write({ ...call, args: ['fine', arg] })).to.throw(EngineError, 'proj.add: argument 2')
      expect(decodeMessage(Buffer.from(writer.write(call))).id).to.equal('an-id')
    })
  }
})

describe('a message of a trace', () => {
  const call = { args: [2, 3], id: 'an-id', queue: 'celery', sentAt: 1_700_000_000_000 }
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const written = (change: object): string =>
    writer.write({ ...call, ...change }).replace(/"delivery_tag":"[^"]*"/, '"delivery_tag":"x"')

  it('is what it is without one, and the headers', () => {
    const traced = written({ trace: { traceparent, tracestate: 'a=1' } })
    expect(traced.replace(`,"traceparent":"${traceparent}","tracestate":"a=1"`, '')).to.equal(written({}))
    expect(traced).not.to.equal(written({}))
  })

  it('is to the last byte what it was where there is none', () => {
    expect(written({ trace: undefined })).to.equal(
      '{"body":"W1syLDNdLHt9LG51bGxd","content-encoding":"utf-8","content-type":"application/json",' +
        '"headers":{"lang":"js","task":"proj.add","id":"an-id","argsrepr":"(2, 3)","kwargsrepr":"{}","origin":"1@host"},' +
        '"properties":{"delivery_info":{"exchange":"","routing_key":"celery"},"body_encoding":"base64",' +
        '"delivery_tag":"x","timestamp":1700000000}}',
    )
  })
})
