import { expect } from 'chai'
import type { ControlChannel } from '../../../../src/engine/broker/broker.ts'
import { readControlReply, writeControlRequest, type ControlRequest } from '../../../../src/engine/control-message.ts'
import { controlCommands } from '../../../../src/engine/worker/control-commands.ts'
import type { ControlCommand } from '../../../../src/engine/worker/controlled-node.ts'
import { RemoteControl } from '../../../../src/engine/worker/remote-control.ts'
import { engineLog } from '../engine-log.ts'
import { quiescence } from '../hand-timers.ts'
import { controlledNode } from './controlled-node.ts'

/** A channel in memory. */
class FakeChannel implements ControlChannel {
  readonly replies: { replyTo: string; node: string; reply: unknown; ticket: string }[] = []
  failure: Error | null = null
  receive: (raw: Uint8Array) => void = () => undefined
  closed = false

  listen(_node: string, onRequest: (raw: Uint8Array) => void): Promise<void> {
    this.receive = onRequest
    return Promise.resolve()
  }

  reply(replyTo: string, text: string): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure)
    const { node, reply, ticket } = readControlReply(Buffer.from(text))
    this.replies.push({ replyTo, node, reply, ticket })
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }
}

function setUp() {
  const channel = new FakeChannel()
  const logger = engineLog()
  const commands = new Map<string, ControlCommand>([
    ...controlCommands,
    ['nothing', () => null],
    ['late', () => gate],
    ['throws', () => Promise.reject(new Error('it went wrong'))],
  ])
  let open = (_reply: string): void => undefined
  const gate = new Promise<string>((resolve) => (open = resolve))
  const control = new RemoteControl({ channel, logger, commands })
  const { of, beats, eventsOn } = controlledNode({ node: 'me' })
  control.start(of)
  const ask = (change: Partial<ControlRequest>): void => {
    const request = { method: 'ping', arguments: {}, destination: null, pattern: null, ticket: 't', replyTo: 'asker' }
    channel.receive(Buffer.from(writeControlRequest({ ...request, clock: 1, expiresAt: Date.now(), ...change })))
  }
  return { channel, logger, control, clock: of.clock, ask, open, beats, eventsOn }
}

describe('remote control', () => {
  it('answers a ping, to whoever asked', () => {
    const { channel, ask } = setUp()
    ask({})
    expect(channel.replies).to.deep.equal([{ replyTo: 'asker', node: 'me', reply: { ok: 'pong' }, ticket: 't' }])
  })

  it("answers another node's hello, and not its own", () => {
    const { channel, ask } = setUp()
    ask({ method: 'hello', arguments: { from_node: 'me', revoked: {} } })
    expect(channel.replies).to.deep.equal([])
    ask({ method: 'hello', arguments: { from_node: 'other', revoked: {} } })
    expect(channel.replies).to.have.length(1)
    expect(channel.replies[0]?.reply).to.have.keys('revoked', 'clock')
  })

  it('switches task events, and says what Celery says', () => {
    const { channel, ask } = setUp()
    for (const method of ['enable_events', 'enable_events', 'disable_events', 'disable_events']) ask({ method })
    expect(channel.replies.map(({ reply }) => reply)).to.deep.equal([
      { ok: 'task events enabled' },
      { ok: 'task events already enabled' },
      { ok: 'task events disabled' },
      { ok: 'task events already disabled' },
    ])
  })

  it('switches task events without a word where none is wanted, as Flower has it', () => {
    const { channel, ask, eventsOn } = setUp()
    ask({ method: 'enable_events', replyTo: null })
    expect([eventsOn(), channel.replies]).to.deep.equal([true, []])
  })

  it('has a heartbeat sent, and replies with nothing, which is a reply', () => {
    const { channel, ask, beats } = setUp()
    ask({ method: 'heartbeat' })
    expect(beats()).to.equal(1)
    expect(channel.replies).to.deep.equal([{ replyTo: 'asker', node: 'me', reply: null, ticket: 't' }])
  })

  it('shares its clock with what else is sent', () => {
    const { ask, clock } = setUp()
    ask({ clock: 100 })
    expect(clock.forward()).to.be.greaterThan(101)
  })

  it('is silent where others are meant, or no reply is wanted', () => {
    const { channel, ask } = setUp()
    ask({ destination: ['other'] })
    ask({ replyTo: null })
    expect(channel.replies).to.deep.equal([])
    ask({ destination: ['other', 'me'] })
    expect(channel.replies).to.have.length(1)
  })

  it('is silent where a pattern means others', () => {
    const { channel, ask } = setUp()
    ask({ pattern: { text: 'you*', matcher: 'glob' } })
    ask({ pattern: { text: '(', matcher: 'pcre' } })
    expect(channel.replies).to.deep.equal([])
    ask({ pattern: { text: 'm?', matcher: 'glob' } })
    ask({ pattern: { text: '[m]', matcher: 'pcre' } })
    // Names win over a pattern, as kombu has it.
    ask({ destination: ['me'], pattern: { text: 'you*', matcher: 'glob' } })
    expect(channel.replies).to.have.length(3)
  })

  it('does nothing that nobody waits for any more, by far', () => {
    const { channel, logger, ask } = setUp()
    for (let count = 0; count < 3; count += 1) ask({ expiresAt: Date.now() - 601_000 })
    expect(channel.replies).to.deep.equal([])
    expect(
      logger.lines.filter(([level]) => level === 'warn'),
      'and tells of it once',
    ).to.have.length(1)
    // Clocks of two machines differ.
    ask({ expiresAt: Date.now() - 590_000 })
    ask({ expiresAt: null })
    expect(channel.replies).to.have.length(2)
  })

  it('replies when it is known what, and meanwhile to others', async () => {
    const { channel, ask, open } = setUp()
    ask({ method: 'late', ticket: 'first' })
    ask({ ticket: 'second' })
    open('done')
    await quiescence()
    expect(channel.replies.map(({ ticket, reply }) => [ticket, reply])).to.deep.equal([
      ['second', { ok: 'pong' }],
      ['first', 'done'],
    ])
  })

  it('replies with nothing where that is the reply', () => {
    const { channel, ask } = setUp()
    ask({ method: 'nothing' })
    expect(channel.replies.map(({ reply }) => reply)).to.deep.equal([null])
  })

  it('replies with an error where a command can not be carried out, at once or later', async () => {
    const { channel, ask } = setUp()
    ask({ method: 'pool_grow', arguments: { n: 'many' } })
    ask({ method: 'throws' })
    await quiescence()
    expect(channel.replies.map(({ reply }) => reply)).to.deep.equal([
      { error: 'n: expected a whole number, 1 or more, came "many"' },
      { error: 'it went wrong' },
    ])
  })

  it('goes by the clock of whoever asks', () => {
    const { ask, clock } = setUp()
    ask({ clock: 100 })
    expect(clock.value).to.be.greaterThan(101)
  })

  it('replies with an error to a command that it does not know', () => {
    const { channel, ask } = setUp()
    for (const method of ['nonsense', 'constructor', '__proto__']) ask({ method })
    expect(channel.replies.map(({ reply }) => reply)).to.deep.equal(
      Array.from({ length: 3 }, () => ({ error: 'No such control command' })),
    )
  })

  it('goes on after garbage, and tells of it once', () => {
    const { channel, logger, ask } = setUp()
    for (const raw of ['', 'no', '{}', '{"body":1}', '[]', 'x'.repeat(2_000_000)]) channel.receive(Buffer.from(raw))
    expect(logger.lines.filter(([level]) => level !== 'debug')).to.have.length(1)
    ask({})
    expect(channel.replies).to.have.length(1)
  })

  it('goes on where a reply can not be sent', async () => {
    const { channel, ask } = setUp()
    channel.failure = new Error('away')
    ask({})
    await new Promise(setImmediate)
    channel.failure = null
    ask({})
    expect(channel.replies).to.have.length(1)
  })

  it('stops listening', async () => {
    const { channel, control } = setUp()
    await control.stop()
    expect(channel.closed).to.equal(true)
  })
})
