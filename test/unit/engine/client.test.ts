import * as api from '@opentelemetry/api'
import { expect } from 'chai'
import type { Outgoing } from '../../../src/engine/broker/broker.ts'
import { readBody } from '../../../src/engine/body.ts'
import type { CanvasMessage, NewChord } from '../../../src/engine/canvas/following.ts'
import { chain, chord, group } from '../../../src/engine/canvas/canvas.ts'
import { Signature } from '../../../src/engine/canvas/signature.ts'
import { Client } from '../../../src/engine/client.ts'
import { GroupResult } from '../../../src/engine/group-result.ts'
import { decodeMessage, type TaskMessage } from '../../../src/engine/message.ts'
import { EngineError } from '../../../src/engine/errors.ts'
import type { EtaPlace, SendOptions } from '../../../src/engine/send-options.ts'
import { defineTask } from '../../../src/engine/task.ts'
import type { SentTask, Tracer } from '../../../src/engine/tracer.ts'
import { ApiTracer } from '../../../src/engine/tracing/api-tracer.ts'
import { Telemetry } from '../../support/telemetry.ts'
import { readJson } from './golden-messages.ts'

const now = 1_800_000_000_000
const add = defineTask('proj.add', {}, (_context, a: number, b: number) => a + b)
const secret = defineTask(
  'proj.secret',
  { mask: (mobile: string) => [`${mobile.slice(0, 3)}***`], ignoreResult: true },
  (_context, mobile: string) => mobile,
)

/** A client on a fake broker; `known`: the id that the broker answers, where it is not the message's own. */
function clientOf({
  known,
  error,
  etaIn = 'schedule',
  tracer = null,
  onEnqueue = () => {},
}: {
  known?: string
  error?: Error
  etaIn?: EtaPlace
  tracer?: Pick<Tracer, 'sends' | 'apart'> | null
  onEnqueue?: () => void
} = {}) {
  const announced: unknown[] = []
  const sent: Outgoing[] = []
  const told: unknown[] = []
  const toldNodes: unknown[] = []
  const sentTogether: CanvasMessage[] = []
  const opened: NewChord[] = []
  const client = new Client({
    sender: {
      now: () => now,
      enqueue: async (outgoing) => {
        onEnqueue()
        if (error !== undefined) throw error
        sent.push(outgoing)
        return known ?? outgoing.taskId
      },
      enqueueAll: async (messages) => {
        onEnqueue()
        if (error !== undefined) throw error
        sentTogether.push(...messages)
      },
    },
    chords: { open: async (chords) => void opened.push(...chords) },
    revocations: {
      revoke: async (...revoked) => void told.push(revoked),
      since: () => expect.fail('a client does not read revocations'),
    },
    results: {
      read: async () => ({ state: 'SUCCESS', result: 5, traceback: null }),
      wait: async () => ({ state: 'SUCCESS', result: 5, traceback: null }),
      forget: async () => {},
    },
    defaultQueue: 'celery',
    etaIn,
    origin: '1@host',
    tellNodes: async (...said) => void toldNodes.push(said),
    maskOf: (name) => (name === 'proj.known' ? (text: string) => [text.length] : undefined),
    sent: { sent: (outgoing) => void announced.push(outgoing) },
    tracer,
  })
  const only = (): { outgoing: Outgoing; message: TaskMessage } => {
    const [outgoing, ...more] = sent
    if (outgoing === undefined || more.length > 0) expect.fail(`expected one message, came ${sent.length}`)
    return { outgoing, message: decodeMessage(Buffer.from(outgoing.message)) }
  }
  return { client, tasks: client.bind({ add, secret }), sent, sentTogether, opened, told, toldNodes, announced, only }
}

/** A tracer that keeps what it is told. */
function tracerOf() {
  const begun: string[] = []
  const ended: unknown[] = []
  const sends = ({ name }: SentTask) => {
    begun.push(name)
    return { headers: undefined, ended: (error?: unknown) => void ended.push(error), dropped: () => {} }
  }
  return { begun, ended, tracer: { sends, apart: <T>(work: () => T): T => work() } }
}

describe('a client', () => {
  it('sends a task that is bound', async () => {
    const { tasks, only } = clientOf()
    const { id } = await tasks.add.delay(2, 3)
    const { outgoing, message } = only()
    expect(outgoing).to.deep.include({ queue: 'celery', priority: 0, taskId: id }).and.not.have.any.keys('due', 'once')
    expect(message).to.include({ id, name: 'proj.add', eta: null, expires: null, ignoreResult: false })
    expect(readBody(message).args).to.deep.equal([2, 3])
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  })

  it('gives every call an id of its own', async () => {
    const { tasks } = clientOf()
    const ids = await Promise.all([tasks.add.delay(1, 1), tasks.add.delay(1, 1)])
    expect(new Set(ids.map(({ id }) => id)).size).to.equal(2)
  })

  const options: [options: SendOptions, outgoing: object, message: object][] = [
    [{ taskId: 'mine' }, { taskId: 'mine' }, { id: 'mine', rootId: 'mine' }],
    [{ queue: 'high' }, { queue: 'high' }, {}],
    [{ priority: 9 }, { priority: 9 }, {}],
    [{ countdown: 1.5 }, { due: now + 1_500 }, { eta: now + 1_500 }],
    [{ countdown: 0 }, { due: now }, { eta: now }],
    [{ eta: new Date(now + 7) }, { due: now + 7 }, { eta: now + 7 }],
    [{ expiresInSeconds: 60 }, {}, { expires: now + 60_000 }],
    [{ expiresInSeconds: 0 }, {}, { expires: now }],
    [{ timeLimit: 9, softTimeLimit: 8 }, {}, { timeLimit: [9, 8] }],
    [{ idempotencyKey: 'k' }, { once: { key: 'k', ttlSeconds: 86_400 } }, {}],
    [{ idempotencyKey: 'k', idempotencySeconds: 5 }, { once: { key: 'k', ttlSeconds: 5 } }, {}],
  ]
  for (const [given, outgoing, message] of options) {
    it(`sends with ${JSON.stringify(given)}`, async () => {
      const { tasks, only } = clientOf()
      await tasks.add.applyAsync([2, 3], given)
      expect(only().outgoing).to.deep.include(outgoing)
      expect(only().message).to.deep.include(message)
    })
  }

  it('writes queue, priority, sender and time into the message too', async () => {
    const { tasks, only } = clientOf()
    await tasks.add.applyAsync([2, 3], { queue: 'high', priority: 3 })
    const { headers, properties } = readJson(only().outgoing.message)
    expect(headers).to.include({ origin: '1@host' })
    expect(properties).to.deep.include({
      delivery_info: { exchange: '', routing_key: 'high' },
      priority: 3,
      timestamp: now / 1_000,
    })
  })

  it("shows a task's arguments as its mask says, and keeps no result where it wants none", async () => {
    const { tasks, only } = clientOf()
    await tasks.secret.delay('13800000000')
    const { outgoing, message } = only()
    expect(readJson(outgoing.message).headers).to.include({ argsrepr: "('138***',)", ignore_result: true })
    expect(outgoing.message).not.to.contain('13800000000')
    expect(readBody(message).args).to.deep.equal(['13800000000'])
  })

  it('heeds the mask of a task that it sends by its name alone, where this process knows the task', async () => {
    for (const [name, args, shown] of [
      ['proj.secret', ['13800000000'], "('138***',)"],
      ['proj.known', ['secret'], '(6,)'],
      // Nobody has checked that the arguments are those that the mask was made for.
      ['proj.secret', [5], "('...',)"],
      ['elsewhere', ['seen'], "('seen',)"],
    ] as const) {
      const { client, only } = clientOf()
      await client.send(name, args)
      expect(readJson(only().outgoing.message).headers).to.include({ argsrepr: shown })
    }
    const { client, sentTogether } = clientOf()
    await client.applyAsync(client.signature('proj.known', ['secret']))
    expect(readJson(String(sentTogether[0]?.text)).headers).to.include({ argsrepr: '(6,)' })
  })

  it('gives the id that the broker knows: of the first call with a key', async () => {
    const { tasks } = clientOf({ known: 'first' })
    expect(await tasks.add.applyAsync([2, 3], { idempotencyKey: 'k' })).to.have.property('id', 'first')
  })

  it('leaves a message that is due later on its queue where it is told so, by its options or by the call', async () => {
    const ways = [
      { etaIn: 'message', call: {}, due: undefined },
      { etaIn: 'schedule', call: { etaIn: 'message' }, due: undefined },
      { etaIn: 'message', call: { etaIn: 'schedule' }, due: now + 1_000 },
    ] as const
    for (const { etaIn, call, due } of ways) {
      const { tasks, only } = clientOf({ etaIn })
      await tasks.add.applyAsync([2, 3], { countdown: 1, ...call })
      expect(only().outgoing.due).to.equal(due)
      expect(only().message.eta).to.equal(now + 1_000)
    }
  })

  it('announces what the broker has taken, and nothing else', async () => {
    const { tasks, sent, announced } = clientOf()
    await tasks.add.delay(2, 3)
    await tasks.add.applyAsync([2, 3], { countdown: 1 })
    expect(announced).to.have.length(2).and.deep.equal(sent)
    const known = clientOf({ known: 'first' })
    await known.tasks.add.applyAsync([2, 3], { idempotencyKey: 'k' })
    expect([known.sent.length, known.announced]).to.deep.equal([1, []])
    const away = clientOf({ error: new Error('gone') })
    await away.tasks.add.delay(2, 3).catch(() => undefined)
    expect(away.announced).to.deep.equal([])
  })

  it('sends a task by its name alone', async () => {
    const { client, only } = clientOf()
    const { id } = await client.send('other.task', ['x'], { queue: 'other' })
    expect(only().outgoing).to.include({ queue: 'other', taskId: id })
    expect(only().message).to.include({ id, name: 'other.task' })
  })

  const refused: [what: string, work: (parts: ReturnType<typeof clientOf>) => Promise<unknown>, code: string][] = [
    ['a bad option', ({ tasks }) => tasks.add.applyAsync([1, 2], { priority: 10 }), 'OPTION_INVALID'],
    ['an argument that can not travel', ({ tasks }) => tasks.add.delay(Number.NaN, 1), 'ARGUMENT_INVALID'],
    ['a bad option of send', ({ client }) => client.send('t', [], { countdown: -1 }), 'OPTION_INVALID'],
    ['an argument of send', ({ client }) => client.send('t', [() => 1]), 'ARGUMENT_INVALID'],
  ]
  for (const [what, work, code] of refused) {
    it(`sends nothing for ${what}`, async () => {
      const parts = clientOf()
      const error = await work(parts).catch((reason: unknown) => reason)
      expect(error).to.be.an('error').with.property('code', code)
      expect([parts.sent, parts.told]).to.deep.equal([[], []])
    })
  }

  for (const name of ['', 'x'.repeat(1_001)]) {
    it(`does not send a name of ${name.length} characters, which no worker reads`, async () => {
      const { client, sent, told } = clientOf()
      const error = await client.send(name, []).catch((reason: unknown) => reason)
      expect(error).to.be.instanceOf(EngineError).and.include({ code: 'ARGUMENT_INVALID' })
      expect([sent, told]).to.deep.equal([[], []])
    })
  }

  describe('with a canvas', () => {
    it('sends what can begin, and knows all results before', async () => {
      const { client, tasks, sentTogether, opened } = clientOf()
      const result = await client.applyAsync(chain(tasks.add.s(1, 2), add.s(3)), { queue: 'high' })
      expect(sentTogether.map(({ queue, taskName }) => [queue, taskName])).to.deep.equal([['high', 'proj.add']])
      const message = decodeMessage(Buffer.from(String(sentTogether[0]?.text)))
      expect(message).to.include({ id: result.parent?.id, rootId: result.parent?.id, parentId: null })
      expect(readBody(message).embed?.chain.map(({ options }) => options.task_id)).to.deep.equal([result.id])
      expect(opened).to.deep.equal([])
      expect(await result.state()).to.equal('SUCCESS')
    })

    it('opens a chord before its members are sent', async () => {
      const { client, sentTogether, opened } = clientOf()
      const result = await client.applyAsync(chord([add.s(1, 2), add.s(3, 4)], client.signature<number>('sum')))
      expect(opened).to.deep.equal([{ groupId: result.parent?.id, size: 2, tree: null }])
      expect(sentTogether).to.have.length(2)
      expect(result.parent).to.be.instanceOf(GroupResult)
    })

    it('gives the results of a group, under the id that was wanted', async () => {
      const { client, sentTogether } = clientOf()
      const result = await client.applyAsync(group(add.s(1, 2), secret.s('13800000000')), { taskId: 'mine' })
      expect(result.id).to.equal('mine')
      expect(result.results.map(({ id }) => id)).to.deep.equal(sentTogether.map(({ taskId }) => taskId))
      expect(await result.get()).to.deep.equal([5, 5])
    })

    it('can be sent again: it has not changed', async () => {
      const { client } = clientOf()
      const steps = chain(add.s(1, 2), add.s(3))
      const ids = await Promise.all([client.applyAsync(steps), client.applyAsync(steps)])
      expect(new Set(ids.map(({ id }) => id)).size).to.equal(2)
    })

    it('shows nobody what a mask hides', async () => {
      const { client, sentTogether } = clientOf()
      await client.applyAsync(chain(secret.s('13800000000'), secret.si('13900000000')))
      const { headers } = readJson(String(sentTogether[0]?.text))
      expect(headers).to.include({ argsrepr: "('138***',)", ignore_result: true })
    })

    it('sends nothing with a bad option, and passes on why the broker did not take it', async () => {
      const { client, sentTogether } = clientOf({ error: new Error('gone') })
      const errorOf = (options: object): Promise<unknown> =>
        client.applyAsync(add.s(1, 2), options).catch((reason: unknown) => reason)
      expect(await errorOf({ priority: 10 })).to.have.property('code', 'OPTION_INVALID')
      expect(await errorOf({ idempotencyKey: 'k' })).to.have.property('code', 'OPTION_INVALID')
      expect(await errorOf({})).to.have.property('message', 'gone')
      expect(sentTogether).to.deep.equal([])
    })

    it('of too many members is refused', () => {
      const members = Array.from({ length: 10_001 }, () => add.s(1, 2))
      expect(() => group(...members)).to.throw('group: expected 1 to 10000 signatures, came 10001')
      expect(() => group()).to.throw('came 0')
    })
  })

  it('passes on why the broker did not take the message', async () => {
    const error = new Error('gone')
    const { tasks } = clientOf({ error })
    expect(await tasks.add.delay(1, 2).catch((reason: unknown) => reason)).to.equal(error)
  })

  it('ends the spans of messages that are not sent because another one can’t be written', async () => {
    const { begun, ended, tracer } = tracerOf()
    const { client, sentTogether } = clientOf({ tracer })
    const untimely = new Signature<never, true, number>({ ...add.s(3, 4).wire, options: { eta: true } })
    const error = await client.applyAsync(group(add.s(1, 2), untimely)).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'MESSAGE_UNREADABLE')
    expect([begun, ended, sentTogether]).to.deep.equal([['proj.add'], [error], []])
  })

  describe('that is traced', () => {
    let telemetry: Telemetry
    beforeEach(() => void (telemetry = new Telemetry()))
    afterEach(() => telemetry.close())

    // What sends goes on for others: threads that it starts, connections and timers would keep the trace.
    const sendings: [what: string, (parts: ReturnType<typeof clientOf>) => Promise<unknown>][] = [
      ['a task', ({ tasks }) => tasks.add.delay(1, 2)],
      ['a task by its name', ({ client }) => client.send('proj.add', [1, 2])],
      ['signatures', ({ client }) => client.applyAsync(chain(add.s(1, 2), add.s(3)))],
    ]
    for (const [what, send] of sendings) {
      it(`sends ${what} outside of the trace that the message is part of`, async () => {
        const seen: unknown[] = []
        const tracer = new ApiTracer('file:///api.js', api)
        const parts = clientOf({ tracer, onEnqueue: () => void seen.push(tracer.activeTraceId()) })
        const outer = api.trace.getTracer('test').startSpan('outer')
        await api.context.with(api.trace.setSpan(api.context.active(), outer), () => send(parts))
        expect(seen).to.deep.equal([undefined])
        expect(telemetry.only.parentSpanContext?.spanId).to.equal(outer.spanContext().spanId)
      })
    }
  })

  it('finds the result of a task that was sent earlier', async () => {
    const { client, tasks } = clientOf()
    expect(await client.asyncResult('old').state()).to.equal('SUCCESS')
    expect(await (await tasks.add.delay(2, 3)).info()).to.equal(5)
  })

  it('revokes a task, and ends it where that is wanted', async () => {
    const { client, told, toldNodes } = clientOf()
    await client.revoke('a')
    await client.revoke('b', { terminate: true })
    expect(told).to.deep.equal([
      [['a'], false],
      [['b'], true],
    ])
    // Celery's nodes hear of it no other way.
    const rest = { signal: 'SIGTERM', lovage_noted: true }
    expect(toldNodes).to.deep.equal([
      ['revoke', { task_id: 'a', terminate: false, ...rest }],
      ['revoke', { task_id: 'b', terminate: true, ...rest }],
    ])
  })
})
