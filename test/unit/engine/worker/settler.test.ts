import { expect } from 'chai'
import type { Claim, Settlement, StoredResult } from '../../../../src/engine/broker/broker.ts'
import type { CanvasMessage, Following } from '../../../../src/engine/canvas/following.ts'
import type { ResultOwner } from '../../../../src/engine/results/results.ts'
import type { TaskDefinition } from '../../../../src/engine/task.ts'
import { Settler } from '../../../../src/engine/worker/settler.ts'
import { aMessage } from '../a-message.ts'
import { engineLog } from '../engine-log.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { Questions } from '../questions.ts'

const claim: Claim = { id: 7, queue: 'celery', raw: new Uint8Array(1) }
const task = (options = {}): TaskDefinition => ({ kind: 'lovage.task', name: 'proj.add', options, handler: () => 1 })

function settlerOf({ sharesBroker = true } = {}) {
  const settles = new Questions<[Claim, Settlement], boolean>()
  const stores = new Questions<[StoredResult], void>()
  const logger = engineLog()
  let settled = 0
  const results = {
    sharesBroker,
    encode: (message: ResultOwner, state: string, value: unknown, stack: string | null): StoredResult => ({
      key: message.id,
      json: JSON.stringify([state, value, stack]),
      ttlSeconds: 1,
    }),
    store: stores.ask,
  }
  const follows = new Questions<[Following, StoredResult | undefined], CanvasMessage[]>()
  const options = {
    broker: { settle: settles.ask },
    results,
    chords: { follow: follows.ask },
    logger,
    onSettled: () => void (settled += 1),
  }
  return { settler: new Settler(options), settles, stores, follows, logger, settled: () => settled }
}

const verdict = { state: 'SUCCESS', value: 5 }
const message: CanvasMessage = { queue: 'celery', priority: 0, taskId: 'next', taskName: 'proj.add', text: '{}' }
const result: StoredResult = { key: 'an-id', json: '["SUCCESS",5,null]', ttlSeconds: 1 }

describe('the end of a claim', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  it('is one step with its result, where broker and results share a server', async () => {
    const { settler, settles, stores, settled } = settlerOf()
    const done = settler.finish(claim, aMessage(), task(), verdict, { startedId: 'an-id' })
    const { args, answer } = await settles.next()
    expect(args).to.deep.equal([claim, { startedId: 'an-id', result }])
    answer(true)
    await done
    expect([stores.count, settled()]).to.deep.equal([0, 1])
  })

  it('comes after its result, where they do not', async () => {
    const { settler, settles, stores } = settlerOf({ sharesBroker: false })
    const done = settler.finish(claim, aMessage(), task(), { ...verdict, stack: 'at here' }, { requeue: true })
    const store = await stores.next()
    expect(store.args).to.deep.equal([{ ...result, json: '["SUCCESS",5,"at here"]' }])
    await quiescence()
    expect(settles.count).to.equal(0)
    store.answer()
    const { args, answer } = await settles.next()
    expect(args).to.deep.equal([claim, { requeue: true }])
    answer(true)
    await done
  })

  it('comes after all that is written where the results are, and sends what is due then', async () => {
    const { settler, settles, stores, follows } = settlerOf({ sharesBroker: false })
    const follow: Following = { messages: [message], chords: [], results: [result], parts: [] }
    const done = settler.finish(claim, aMessage(), task(), verdict, { startedId: 'an-id', follow })
    const written = await follows.next()
    expect(written.args).to.deep.equal([follow, result])
    await quiescence()
    expect([settles.count, stores.count]).to.deep.equal([0, 0])
    written.answer([{ ...message, taskId: 'body' }])
    const { args, answer } = await settles.next()
    const sent = { messages: [{ ...message, taskId: 'body' }], chords: [], results: [], parts: [] }
    expect(args).to.deep.equal([claim, { startedId: 'an-id', follow: sent }])
    answer(true)
    await done
  })

  it('sends what follows in the same step, where broker and results share a server', async () => {
    const { settler, settles, follows } = settlerOf()
    const follow: Following = { messages: [message], chords: [], results: [], parts: [] }
    const done = settler.settle(claim, { follow })
    const { args, answer } = await settles.next()
    expect(args).to.deep.equal([claim, { follow }])
    answer(true)
    await done
    expect(follows.count).to.equal(0)
  })

  for (const [who, message, options] of [
    ['the message', { ignoreResult: true }, {}],
    ['the task', {}, { ignoreResult: true }],
  ] as const) {
    it(`has no result where ${who} wants none`, async () => {
      const { settler, settles, stores } = settlerOf({ sharesBroker: false })
      expect(settler.keepsResult(aMessage(message), task(options))).to.equal(false)
      const done = settler.finish(claim, aMessage(message), task(options), verdict, { requeue: true })
      const { args, answer } = await settles.next()
      expect(args).to.deep.equal([claim, { requeue: true }])
      answer(true)
      await done
      expect(stores.count).to.equal(0)
    })
  }

  it('keeps a result where nobody says otherwise', () => {
    expect(settlerOf().settler.keepsResult(aMessage(), task({ ignoreResult: false }))).to.equal(true)
  })

  it('is told when it has come, and not where the claim was no longer ours', async () => {
    const { settler, settles } = settlerOf()
    const told: string[] = []
    const tell = (what: string) => () => void told.push(what)
    const ours = settler.settle(claim, {}, tell('ours'))
    const lost = settler.finish(claim, aMessage(), task(), verdict, {}, tell('lost'))
    const first = await settles.next()
    const second = await settles.next()
    expect(told).to.deep.equal([])
    first.answer(true)
    second.answer(false)
    await Promise.all([ours, lost])
    expect(told).to.deep.equal(['ours'])
  })

  it('is told once the broker has answered after all, where it was that try that ended it', async () => {
    const { settler, settles } = settlerOf()
    const told: string[] = []
    for (const [what, ours] of [
      ['ours', true],
      ['by an earlier try, or by somebody else', false],
    ] as const) {
      const done = settler.settle(claim, {}, () => void told.push(what))
      ;(await settles.next()).fail(new Error('away'))
      await quiescence()
      timers.pass(50)
      ;(await settles.next()).answer(ours)
      await done
    }
    expect(told).to.deep.equal(['ours'])
  })

  it('is not told where the claims are given up', async () => {
    const { settler } = settlerOf()
    await settler.abandon()
    let told = false
    await settler.settle(claim, {}, () => (told = true))
    expect(told).to.equal(false)
  })

  it('is counted as lost where the claim was no longer ours', async () => {
    const { settler, settles, logger, settled } = settlerOf()
    const done = settler.settle(claim, {})
    const { answer } = await settles.next()
    answer(false)
    await done
    expect([settler.lost, settled()]).to.deep.equal([1, 0])
    expect(logger.lines).to.deep.equal([['warn', 'the claim was lost: its outcome is not settled', { claim: 7 }]])
  })

  it('is tried until the broker answers, less and less often, with one line in the log', async () => {
    const { settler, settles, logger, settled } = settlerOf()
    const done = settler.settle(claim, {})
    for (const wait of [50, 100, 200, 400, 800, 1_000, 1_000]) {
      const { fail } = await settles.next()
      fail(new Error('gone'))
      await quiescence()
      expect(timers.waits).to.deep.equal([wait])
      timers.pass(wait)
    }
    const { answer } = await settles.next()
    answer(true)
    await done
    expect([settled(), timers.waits]).to.deep.equal([1, []])
    expect(logger.lines).to.deep.equal([['debug', 'settling failed; trying again', { error: 'gone' }]])
  })

  it('is not lost where an earlier try may have ended it, and its answer was lost', async () => {
    const { settler, settles, logger } = settlerOf()
    const done = settler.settle(claim, {})
    const first = await settles.next()
    first.fail(new Error('gone'))
    await quiescence()
    timers.pass(50)
    const second = await settles.next()
    second.answer(false)
    await done
    expect(settler.lost).to.equal(0)
    expect(logger.lines.map(([level]) => level)).to.deep.equal(['debug'])
  })

  it('is tried until the broker answers, and no is an answer too', async () => {
    const { settler } = settlerOf()
    const marks = new Questions<[], boolean>()
    const marked = settler.untilDone(marks.ask)
    const first = await marks.next()
    first.fail(new Error('gone'))
    await quiescence()
    timers.pass(50)
    const second = await marks.next()
    second.answer(false)
    expect(await marked).to.equal(false)
  })

  it('is not begun any more when the claims are given up', async () => {
    const { settler, settles, stores, settled } = settlerOf({ sharesBroker: false })
    expect(settler.abandoned).to.equal(false)
    await settler.abandon()
    expect(settler.abandoned).to.equal(true)
    await settler.settle(claim, {})
    await settler.finish(claim, aMessage(), task(), verdict)
    expect([settles.count, stores.count, settled(), settler.lost]).to.deep.equal([0, 0, 0, 0])
  })

  it('is awaited when the claims are given up, if it is under way', async () => {
    const { settler, settles, settled } = settlerOf()
    const done = settler.settle(claim, {})
    const { answer } = await settles.next()
    let abandoned = false
    const abandon = settler.abandon().then(() => (abandoned = true))
    await quiescence()
    expect(abandoned).to.equal(false)
    answer(true)
    await Promise.all([done, abandon])
    expect(settled()).to.equal(1)
  })

  it('is not tried again when the claims are given up, and waits for nothing', async () => {
    const { settler, settles, settled } = settlerOf()
    const done = settler.settle(claim, {})
    const { fail } = await settles.next()
    fail(new Error('gone'))
    await quiescence()
    await settler.abandon()
    await done
    expect([settles.count, settled(), settler.lost, timers.waits]).to.deep.equal([1, 0, 0, []])
  })
})
