import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { EngineError, QueueFullError, type AsyncResult } from '../../../src/engine/index.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

type Call = (command: string, ...args: (string | number | Buffer)[]) => Promise<unknown>

describe('messages that are sent at the same time', () => {
  let server: RedisServer
  const engines: TestEngine[] = []

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close(0))))

  async function engineOf(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const engine = await createEngine({ socketPath: server.socketPath, pool: 'solo', ...options })
    engines.push(engine)
    // The scripts are known to the server, and the counting begins.
    await engine.client.send('warm.up', [])
    await engine.redis.del(engine.keys.list('celery'))
    await engine.redis.config('RESETSTAT')
    return engine
  }

  const counts = (count: number): number[] => Array.from({ length: count }, (_value, index) => index)
  const send = (engine: TestEngine, number: number, options = {}): Promise<AsyncResult> =>
    engine.client.send('proj.add', [number], options)
  /** How many scripts the server has run since the engine was made. */
  async function scriptCalls({ redis }: TestEngine): Promise<number> {
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
  }
  /** The numbers that the messages on a list are called with, the one that is served first in front. */
  async function numbersOn({ redis, keys }: TestEngine, priority = 0): Promise<number[]> {
    const messages = (await redis.lrange(keys.list('celery', priority), 0, -1)).toReversed()
    return messages.map((message) => {
      const { body } = JSON.parse(message) as { body: string }
      const [[number]] = JSON.parse(Buffer.from(body, 'base64').toString()) as [[number]]
      return number
    })
  }
  /** Has each script call pass through a function, until the returned one is called. */
  function intercept(redis: Redis, around: (call: () => Promise<unknown>) => Promise<unknown>): () => void {
    const call: Call = redis.callBuffer.bind(redis)
    const changed: Call = (...args) => around(() => call(...args))
    Object.assign(redis, { callBuffer: changed })
    return () => void Object.assign(redis, { callBuffer: call })
  }

  it('go with one call, in their order', async () => {
    const engine = await engineOf()
    const sent = await Promise.all(counts(200).map((number) => send(engine, number)))
    expect(new Set(sent.map(({ id }) => id)).size).to.equal(200)
    expect(await scriptCalls(engine)).to.equal(1)
    expect(await numbersOn(engine)).to.deep.equal(counts(200))
  })

  it('go with few calls where there are many, in their order', async () => {
    const engine = await engineOf()
    await Promise.all(counts(3_000).map((number) => send(engine, number)))
    expect(await scriptCalls(engine)).to.be.lessThan(20)
    expect(await numbersOn(engine)).to.deep.equal(counts(3_000))
  })

  it('go with one call also after answers that came at one time', async () => {
    const engine = await engineOf()
    const twice = async (number: number): Promise<void> => {
      await send(engine, number)
      await send(engine, number + 100)
    }
    await Promise.all(counts(100).map(twice))
    expect(await scriptCalls(engine)).to.equal(2)
    expect(await numbersOn(engine)).to.deep.equal(counts(200))
  })

  it('go to the list of their priority each, and to their queue', async () => {
    const engine = await engineOf()
    await Promise.all(counts(40).map((number) => send(engine, number, { priority: number % 10 })))
    expect(await scriptCalls(engine)).to.equal(4)
    const of = (steps: number[]): number[] => counts(40).filter((number) => steps.includes(number % 10))
    expect(await numbersOn(engine, 0)).to.deep.equal(of([0, 1, 2]))
    expect(await numbersOn(engine, 3)).to.deep.equal(of([3, 4, 5]))
    expect(await numbersOn(engine, 6)).to.deep.equal(of([6, 7, 8]))
    expect(await numbersOn(engine, 9)).to.deep.equal(of([9]))
    await Promise.all(counts(3).map((number) => send(engine, number, { queue: 'other' })))
    expect(await engine.redis.llen(engine.keys.list('other'))).to.equal(3)
  })

  it('do not suffer from one among them that can’t be sent', async () => {
    const engine = await engineOf()
    const circle: unknown[] = []
    circle.push(circle)
    const told = await Promise.allSettled([
      send(engine, 0),
      engine.client.send('proj.add', [() => 1]),
      engine.client.send('proj.add', [circle]),
      engine.client.send('proj.add', [1], { priority: 10 }),
      engine.client.send('', [1]),
      send(engine, 1),
    ])
    expect(told.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(await scriptCalls(engine)).to.equal(1)
    expect(await numbersOn(engine)).to.deep.equal([0, 1])
  })

  it('are taken as far as the queue has room, from the first on', async () => {
    const engine = await engineOf({ limits: { maxQueueLength: 30 } })
    await send(engine, 100, { priority: 9 })
    await engine.redis.zadd(engine.keys.schedule('celery'), Date.now() + 100_000, 'due later')
    const told = await Promise.allSettled(counts(50).map((number) => send(engine, number)))
    expect(told.map(({ status }) => status === 'fulfilled')).to.deep.equal(counts(50).map((number) => number < 28))
    for (const each of told.slice(28)) {
      expect(each).to.have.property('reason').that.is.instanceOf(QueueFullError)
    }
    expect(await numbersOn(engine)).to.deep.equal(counts(28))
    await engine.redis.del(engine.keys.list('celery'))
    await send(engine, 7)
    expect(await numbersOn(engine)).to.deep.equal([7])
  })

  it('are sent once where the answer was lost, and all are told so', async () => {
    const engine = await engineOf()
    let lost = 0
    const answered = intercept(engine.redis, async (call) => {
      const answer = await call()
      lost += 1
      if (lost <= 2) throw new Error('Connection is closed.')
      return answer
    })
    await Promise.all(counts(100).map((number) => send(engine, number)))
    answered()
    expect(lost).to.equal(3)
    expect(await numbersOn(engine)).to.deep.equal(counts(100))
  })

  it('are sent once where the answer was lost and the queue has become full meanwhile', async () => {
    const engine = await engineOf({ limits: { maxQueueLength: 10 } })
    let calls = 0
    const answered = intercept(engine.redis, async (call) => {
      const answer = await call()
      calls += 1
      if (calls === 1) throw new Error('Connection is closed.')
      return answer
    })
    const told = await Promise.allSettled(counts(15).map((number) => send(engine, number)))
    answered()
    expect(told.map(({ status }) => status === 'fulfilled')).to.deep.equal(counts(15).map((number) => number < 10))
    expect(await numbersOn(engine)).to.deep.equal(counts(10))
  })

  it('are sent when the broker is back in time, in their order', async () => {
    const engine = await engineOf({ limits: { enqueueTimeoutMs: 3_000 } })
    let away = true
    let refused = 0
    const done = intercept(engine.redis, async (call) => {
      if (away) refused += 1
      if (away) throw new Error("Stream isn't writeable and enableOfflineQueue options is false")
      return call()
    })
    const sent = counts(600).map((number) => send(engine, number))
    await eventually(() => expect(refused, 'it tries again and again').to.be.at.least(3))
    away = false
    await Promise.all(sent)
    done()
    // Two calls are on their way at once: which is taken first is open while the broker comes and goes.
    const numbers = await numbersOn(engine)
    expect(numbers).to.have.members(counts(600))
    expect(numbers).to.have.length(600)
  })

  it('all fail where the broker stays away, and none is there', async () => {
    const engine = await engineOf({ limits: { enqueueTimeoutMs: 300 } })
    const done = intercept(engine.redis, async () => {
      throw new Error("Stream isn't writeable and enableOfflineQueue options is false")
    })
    const started = performance.now()
    const told = await Promise.allSettled(counts(1_000).map((number) => send(engine, number)))
    expect(performance.now() - started).to.be.within(200, 2_000)
    done()
    for (const each of told) {
      expect(each)
        .to.have.property('reason')
        .that.is.instanceOf(EngineError)
        .and.includes({ code: 'BROKER_UNAVAILABLE' })
    }
    expect(await numbersOn(engine)).to.deep.equal([])
    await send(engine, 7)
    expect(await numbersOn(engine)).to.deep.equal([7])
  })

  it('that have an idempotency key or are due later go by themselves, and are not held up', async () => {
    const engine = await engineOf()
    const key = { idempotencyKey: 'order 1' }
    const [first, , second, later] = await Promise.all([
      send(engine, 1, key),
      send(engine, 2),
      send(engine, 3, key),
      send(engine, 4, { countdown: 100 }),
    ])
    expect(second.id).to.equal(first.id)
    expect(await numbersOn(engine)).to.have.members([1, 2, 4])
    expect(later.id).to.not.equal(first.id)
  })

  it('wake this process, and are run', async () => {
    const engine = await engineOf({ pool: 'threads', concurrency: 1 })
    await engine.worker.start()
    const sent = await Promise.all(counts(50).map((number) => engine.client.send('test.add', [number, 1])))
    const results = await Promise.all(sent.map((each) => each.get({ timeout: 10 })))
    expect(results).to.deep.equal(counts(50).map((number) => number + 1))
    await eventually(async () => expect(await engine.claims()).to.equal(0))
  })
})
