import { expect } from 'chai'
import { behindPrefix } from '../../../src/engine/broker/keys.ts'
import { RedisClock } from '../../../src/engine/broker/redis-clock.ts'
import { RedisSchedule } from '../../../src/engine/broker/redis-schedule.ts'
import { Queues } from '../../../src/engine/queues.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('messages of unknown tasks that are left for others', () => {
  let server: RedisServer
  const engines: TestEngine[] = []

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())))

  async function engineOf(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const engine = await createEngine({ socketPath: server.socketPath, parkUnknown: false, ...options })
    engines.push(engine)
    return engine
  }

  const scheduled = (engine: TestEngine): Promise<number> => engine.redis.zcard(engine.keys.schedule('celery'))

  it('go to whoever waits on the list, byte for byte', async () => {
    const engine = await engineOf()
    await engine.worker.start()
    const other = engine.redis.duplicate()
    try {
      // As kombu waits. What comes is given back in the step in which the claim ends.
      const taken = (async () => {
        for (;;) {
          const found = await other.brpop(engine.keys.list('celery'), 10)
          if (found?.[1].includes('"py.add"') === true) return found[1]
        }
      })()
      const { id } = await engine.client.send('py.add', ['Grüße', 2 ** 40], { priority: 0 })
      expect(JSON.parse(await taken)).to.have.nested.property('headers.id', id)
      expect(await engine.aside('unknown')).to.deep.equal([])
      expect(await engine.claims()).to.equal(0)
    } finally {
      other.disconnect()
    }
  })

  it('that nobody takes wait with growing pauses, and hold up no known task', async () => {
    const engine = await engineOf()
    const unknown = Array.from({ length: 300 }, (_, number) => engine.client.send('py.add', [number]))
    await Promise.all(unknown)
    const { id } = await engine.client.send('test.add', [1, 2])
    const started = performance.now()
    await engine.worker.start()
    await eventually(async () => expect((await engine.result(id))?.result).to.equal(3))
    await eventually(() => expect(engine.worker.activity.leftForOthers).to.be.greaterThan(899))
    // At once, then after 0.25 s, and each time half as long again: in a time of t seconds each can't have come more often than this.
    const seconds = (performance.now() - started) / 1000
    const mostEach = 2 + Math.floor(Math.log(2 * seconds + 1) / Math.log(1.5))
    expect(engine.worker.activity.leftForOthers).to.be.at.most(300 * mostEach)
    await eventually(async () => expect(await scheduled(engine)).to.equal(300))
    expect(engine.logger.lines.filter(({ message }) => message.includes('left for others'))).to.have.length(1)
    expect(await engine.aside('unknown')).to.deep.equal([])
  })

  it('go behind what is on the list when their pause is over, in their order, and what is due goes in front', async () => {
    const { redis, keys } = await engineOf()
    const schedule = new RedisSchedule({ redis, keys, queues: new Queues(['celery']), clock: new RedisClock() })
    await redis.lpush(keys.list('celery'), 'waits')
    const entries = [`${behindPrefix}b`, 'late', `${behindPrefix}a`, 'later']
    for (const [index, entry] of entries.entries()) {
      await redis.zadd(keys.schedule('celery'), index + 1, entry)
      await redis.hset(`${keys.schedule('celery')}:m`, entry, `${keys.list('celery')}\0${entry}`)
    }
    expect(await schedule.promote()).to.deep.equal({
      moved: 4,
      nextInMs: null,
      revocations: 0,
      limited: false,
      paused: [],
    })
    const list = (await redis.lrange(keys.list('celery'), 0, -1)).toReversed()
    expect(list).to.deep.equal(['late', 'later', 'waits', `${behindPrefix}b`, `${behindPrefix}a`])
  })

  it('run where another process knows them', async () => {
    const keys = { prefix: `others-${process.pid}:` }
    const engine = await engineOf({ ...keys, node: 'one', tasks: ['test/fixtures/tasks/gate.ts'] })
    const knows = await engineOf({ ...keys, node: 'two' })
    const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => engine.client.send('test.add', [n, n])))
    await engine.worker.start()
    await eventually(async () => expect(await scheduled(engine)).to.equal(20))
    // Both would take them in turns for some time.
    await engine.worker.quiet()
    await knows.worker.start()
    const results = await Promise.all(sent.map((result) => result.get({ timeout: 15 })))
    expect(results).to.deep.equal(sent.map((_, number) => number * 2))
    expect(await engine.redis.exists(engine.keys.aside('unknown', 'celery'))).to.equal(0)
  })
})
