import { expect } from 'chai'
import { ControlCaller } from '../../../src/engine/broker/control-caller.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('remote control over a real Redis', function () {
  this.timeout(30_000)
  let server: RedisServer
  let engines: TestEngine[] = []

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(async () => {
    await Promise.all(engines.map((engine) => engine.close()))
    engines = []
  })

  /** Workers on one broker that listen. */
  async function workers(...nodes: string[]): Promise<TestEngine> {
    const prefix = `test-${process.pid}-${performance.now()}:`
    engines = await Promise.all(nodes.map((node) => createEngine({ socketPath: server.socketPath, prefix, node })))
    for (const { worker } of engines) await worker.start()
    const [first] = engines
    if (first === undefined) throw new Error('expected a node')
    await listening(first, nodes.length)
    return first
  }

  async function listening({ redis, keys }: TestEngine, count: number): Promise<void> {
    const channel = keys.fanoutChannel('celery.pidbox', 10)
    await eventually(async () => expect((await redis.pubsub('NUMSUB', channel))[1]).to.equal(count))
  }

  function ping({ blocking, keys }: TestEngine, destination: string[] | null = null, timeoutMs = 5_000) {
    // A connection that waits for nothing else.
    const redis = blocking.duplicate()
    return new ControlCaller({ redis, keys })
      .ask({ method: 'ping', destination, timeoutMs })
      .finally(() => redis.disconnect())
  }

  it('all nodes answer, and nobody is waited for after that', async () => {
    const first = await workers('a', 'b')
    const began = performance.now()
    const replies = await ping(first)
    expect(performance.now() - began).to.be.lessThan(2_000)
    expect(Object.fromEntries(replies)).to.deep.equal({ a: { ok: 'pong' }, b: { ok: 'pong' } })
  })

  it('one that is named answers alone', async () => {
    expect([...(await ping(await workers('a', 'b'), ['b'])).keys()]).to.deep.equal(['b'])
  })

  it('one that is not there is waited for no longer than was said', async () => {
    const first = await workers('a')
    const began = performance.now()
    expect((await ping(first, ['nobody'], 300)).size).to.equal(0)
    expect(performance.now() - began).to.be.within(299, 2_000)
  })

  it('leaves nothing behind, neither of who asked nor of a node that has ended', async () => {
    const first = await workers('a', 'b')
    await ping(first)
    const { redis, keys } = first
    expect(await redis.keys(`${keys.list('')}*reply*`)).to.deep.equal([])
    expect(await redis.scard(keys.binding('celery.pidbox'))).to.equal(2)
    await engines[1]?.close()
    engines.pop()
    expect(await redis.smembers(keys.binding('celery.pidbox'))).to.deep.equal([keys.boundQueue('', 'a.celery.pidbox')])
    await listening(first, 1)
  })

  it('garbage on the channel harms nobody', async () => {
    const first = await workers('a')
    const channel = first.keys.fanoutChannel('celery.pidbox', 10)
    for (const raw of [Buffer.from([0xff]), '', '{}', 'null', 'x'.repeat(2_000_000)]) {
      await first.redis.publish(channel, raw)
    }
    expect((await ping(first)).size).to.equal(1)
  })

  it('is there again after its connection was lost', async () => {
    const first = await workers('a')
    await first.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await listening(first, 1)
    expect((await ping(first)).size).to.equal(1)
  })
})
