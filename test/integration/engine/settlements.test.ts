import { expect } from 'chai'
import type { Claim, Settlement } from '../../../src/engine/broker/broker.ts'
import type { CanvasMessage } from '../../../src/engine/canvas/following.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('the end of a claim, when its answer is lost', () => {
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  beforeEach(async () => {
    engine = await createEngine({ socketPath: server.socketPath, pool: 'solo' })
    await engine.membership.join()
  })
  afterEach(() => engine.close(0))

  const list = (): string => engine.keys.list('celery')
  const claimKeys = (): Promise<string[]> => engine.redis.keys(`${engine.keys.claims(engine.membership.node, '*')}*`)
  async function claimed(...messages: string[]): Promise<readonly Claim[]> {
    await engine.redis.lpush(list(), ...messages)
    return engine.claim(messages.length)
  }

  type Call = (command: string, ...args: (string | number | Buffer)[]) => Promise<unknown>

  /** Has each script call pass through a function, until the returned one is called. */
  function intercept(around: (call: () => Promise<unknown>) => Promise<unknown>): () => void {
    const { redis } = engine
    const call: Call = redis.callBuffer.bind(redis)
    const changed: Call = (...args) => around(() => call(...args))
    Object.assign(redis, { callBuffer: changed })
    return () => void Object.assign(redis, { callBuffer: call })
  }

  const loseAnswers = (): (() => void) =>
    intercept(async (call) => {
      await call()
      throw new Error('Connection is closed.')
    })

  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => expect.fail('it was answered'),
      (error: unknown) => error,
    )

  const ways: [what: string, settlement: Settlement][] = [
    ['done', {}],
    ['put back', { requeue: true }],
    ['handed back', { handBack: true }],
    ['scheduled', { schedule: { due: 1e13 } }],
    ['set aside', { aside: { kind: 'dead', reason: 'a test', taskId: null, taskName: null } }],
  ]
  for (const [what, settlement] of ways) {
    it(`leaves the others of its batch claimed, and known (${what})`, async () => {
      const [a, b, c] = await claimed('a', 'b', 'c')
      if (!a || !b || !c) throw new Error('there are fewer')
      const answered = loseAnswers()
      await failureOf(engine.broker.settle(a, settlement))
      answered()
      // As the settler does.
      await engine.broker.settle(a, settlement)
      expect(await engine.claims(), 'b and c').to.equal(2)
      expect(await engine.broker.settle(b, { result: { key: 'result-b', json: '{}', ttlSeconds: 50 } })).to.equal(true)
      expect(await engine.claims(), 'c').to.equal(1)
      expect(await engine.broker.returnLost(), 'nothing is unknown').to.equal(0)
      expect(await engine.broker.settle(c, {})).to.equal(true)
      expect(await engine.redis.get('result-b')).to.equal('{}')
      await eventually(async () => expect(await claimKeys()).to.deep.equal([]))
    })

    it(`is the end of its batch where it was the last (${what})`, async () => {
      const [a, b] = await claimed('a', 'b')
      if (!a || !b) throw new Error('there are fewer')
      expect(await engine.broker.settle(b, {})).to.equal(true)
      const answered = loseAnswers()
      await failureOf(engine.broker.settle(a, settlement))
      answered()
      await engine.broker.settle(a, settlement)
      await eventually(async () => expect(await claimKeys()).to.deep.equal([]))
    })
  }

  it('sends what follows the task once, and counts its end once', async () => {
    const [claim] = await claimed('a')
    if (!claim) throw new Error('there is none')
    const next: CanvasMessage = { queue: 'next', priority: 3, taskId: 'next', taskName: 'x', text: 'text' }
    const failed = { results: [], messages: [], parts: [] }
    const part = {
      groupId: 'settled',
      index: 0,
      taskId: 'a',
      part: '[1,"a","SUCCESS",5]',
      done: { messages: [], chords: [] },
      failed,
    }
    const result = { key: 'result-a', json: '{}', ttlSeconds: 50 }
    const follow = {
      messages: [next],
      chords: [{ groupId: 'new', size: 2, tree: null }],
      results: [result],
      parts: [part],
    }
    const answered = loseAnswers()
    await failureOf(engine.broker.settle(claim, { follow }))
    answered()
    expect(await engine.broker.settle(claim, { follow }), 'it is gone').to.equal(false)
    expect(await engine.redis.lrange(engine.keys.list('next', 3), 0, -1)).to.deep.equal(['text'])
    expect(await engine.redis.get('celery-taskset-meta-new.s')).to.equal('2')
    expect(await engine.redis.zrange('celery-taskset-meta-settled.j', '0', '-1')).to.deep.equal([part.part])
    expect(await engine.redis.get('result-a')).to.equal('{}')
    await eventually(async () => expect(await claimKeys()).to.deep.equal([]))
  })

  it('several in several ways: none is done twice, and nothing is left', async () => {
    const claims = await claimed(...Array.from({ length: 50 }, (_value, index) => `m${index}`))
    const settle = (claim: Claim, index: number): Promise<boolean> =>
      engine.broker.settle(claim, ways[index % ways.length]?.[1] ?? {})
    const answered = loseAnswers()
    await Promise.all(claims.slice(0, 30).map((claim, index) => failureOf(settle(claim, index))))
    answered()
    await Promise.all(claims.map(settle))
    await eventually(async () => expect(await claimKeys()).to.deep.equal([]))
    expect(await engine.redis.llen(list())).to.equal(20)
    expect(await engine.redis.zcard(engine.keys.schedule('celery'))).to.equal(10)
    expect(await engine.aside('dead')).to.have.length(10)
  })

  it('does not keep the process busy while the broker is away', async () => {
    const [a, b] = await claimed('a', 'b')
    if (!a || !b) throw new Error('there are fewer')
    let calls = 0
    // Both end in one round, so that the batch is dropped in the next: then the connection is gone, and says so at once.
    const isBack = intercept(async (call) => {
      calls += 1
      if (calls > 2) throw new Error("Stream isn't writeable and enableOfflineQueue options is false")
      return call()
    })
    expect(await Promise.all([engine.broker.settle(a, { requeue: true }), engine.broker.settle(b, {})])).to.deep.equal([
      true,
      true,
    ])
    await eventually(() => expect(calls, 'it has tried to').to.equal(3))
    // One that tried again and again would do so at each of these.
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
    expect(calls, 'it has tried to once').to.equal(3)
    isBack()
    expect(await claimKeys()).to.have.length(2)
    const [again] = await engine.claim(1)
    if (!again) throw new Error('there is none')
    expect(await engine.broker.settle(again, {})).to.equal(true)
    await eventually(async () => expect(await claimKeys(), 'it goes with the next').to.deep.equal([]))
  })
})
