import { expect } from 'chai'
import type { Claim } from '../../../src/engine/broker/broker.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

const mebibyte = 1024 * 1024

describe('claims in batches', () => {
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  beforeEach(async () => {
    engine = await createEngine({ socketPath: server.socketPath, pool: 'solo', queues: ['celery', 'other'] })
    await engine.membership.join()
  })
  afterEach(() => engine.close(0))

  const list = (queue = 'celery', priority = 0): string => engine.keys.list(queue, priority)
  const textsOf = (claims: readonly Claim[]): string[] => claims.map(({ raw }) => String(raw))
  const claimed = async (limit: number, bytes = 4 * mebibyte): Promise<readonly Claim[]> =>
    (await engine.broker.claim(() => limit, bytes)).claims
  const claimKeys = (): Promise<string[]> => engine.redis.keys(`${engine.keys.claims(engine.membership.node, '*')}*`)
  /** How many scripts the server has run since it was asked last. */
  async function scriptCalls(): Promise<number> {
    const stats = await engine.redis.info('commandstats')
    await engine.redis.config('RESETSTAT')
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
  }

  for (const ranges of [true, false]) {
    describe(ranges ? 'taken as a range' : 'taken one by one, as of a Redis before 7', () => {
      beforeEach(async () => {
        if (ranges) await engine.broker.prepare()
      })

      it('are in the order of the list, and leave the rest there', async () => {
        await engine.redis.lpush(list(), 'a', 'b', 'c', 'd', 'e')
        expect(textsOf(await claimed(3))).to.deep.equal(['a', 'b', 'c'])
        expect(await engine.redis.lrange(list(), 0, -1)).to.deep.equal(['e', 'd'])
        expect(textsOf(await claimed(3))).to.deep.equal(['d', 'e'])
        expect(await engine.redis.exists(list())).to.equal(0)
        expect(await claimed(3)).to.deep.equal([])
      })

      it('are byte for byte what was on the list', async () => {
        const odd = [Buffer.from([0xff, 0x00, 0x0a]), Buffer.from(''), Buffer.from('12'), Buffer.alloc(70_000, 'x')]
        for (const bytes of odd) await engine.redis.lpush(list(), bytes)
        const claims = await claimed(9)
        expect(claims.map(({ raw }) => Buffer.from(raw))).to.deep.equal(odd)
      })

      it('are taken by priority, then from the next queue, which has its turn first the next time', async () => {
        await engine.redis.lpush(list(), 'a', 'b')
        await engine.redis.lpush(list('celery', 9), 'late')
        await engine.redis.lpush(list('other'), 'c')
        const taken: string[] = []
        for (let turn = 0; turn < 4; turn += 1) taken.push(textsOf(await claimed(1)).join())
        expect(taken.toSorted()).to.deep.equal(['a', 'b', 'c', 'late'])
        expect(taken.indexOf('late')).to.be.greaterThan(taken.indexOf('b'))
        expect(taken.indexOf('c')).to.be.lessThan(2)
      })

      it('are no more than a queue is good for', async () => {
        await engine.redis.lpush(list(), 'a', 'b', 'c')
        await engine.redis.lpush(list('other'), 'd', 'e', 'f')
        const sizes: Record<string, number> = {}
        for (let turn = 0; turn < 2; turn += 1) {
          const { claims, queue } = await engine.broker.claim((name) => (name === 'celery' ? 2 : 0), mebibyte)
          sizes[queue ?? ''] = (sizes[queue ?? ''] ?? 0) + claims.length
        }
        expect(sizes).to.deep.equal({ celery: 3 })
      })

      it('are no more bytes than are wanted, but for the message that crosses that', async () => {
        const large = 'x'.repeat(100_000)
        await engine.redis.lpush(list(), 'small', 'small', 'small', 'small', ...Array.from({ length: 60 }, () => large))
        // What keeps a list counts too where a range is taken.
        expect(await claimed(64, 250_000)).to.have.length.within(6, 7)
        expect(await claimed(64, 1)).to.have.length(1)
        expect(await claimed(64, 250_000)).to.have.length.within(2, 3)
      })
    })
  }

  it('end together in one call, with their results, and leave nothing behind', async () => {
    await engine.redis.lpush(list(), ...Array.from({ length: 100 }, (_value, index) => `m${index}`))
    const claims = await claimed(100)
    await scriptCalls()
    const result = (id: number) => ({
      key: `result-${id}`,
      json: JSON.stringify({ status: 'FAILURE', id }),
      ttlSeconds: 50,
    })
    const ours = await Promise.all(claims.map((claim) => engine.broker.settle(claim, { result: result(claim.id) })))
    expect([...new Set(ours)]).to.deep.equal([true])
    expect(await scriptCalls()).to.equal(1)
    expect(await claimKeys()).to.deep.equal([])
    const last = claims.at(-1)?.id ?? 0
    expect(await engine.redis.get(`result-${last}`)).to.equal(result(last).json)
    expect(await engine.redis.ttl(`result-${last}`)).to.be.within(45, 50)
  })

  it('end one by one: what is done does not come back, what is not comes back in its order', async () => {
    await engine.redis.lpush(list(), 'a', 'b', 'c', 'd', 'e')
    const [a, b, c, d] = await claimed(5)
    if (!a || !b || !c || !d) throw new Error('there are fewer')
    expect(await engine.broker.settle(b, {})).to.equal(true)
    expect(await engine.broker.settle(d, { requeue: true })).to.equal(true)
    expect(await engine.claims()).to.equal(3)
    expect(await engine.broker.handBack()).to.equal(3)
    expect(await claimKeys()).to.deep.equal([])
    expect(await engine.redis.lrange(list(), 0, -1)).to.deep.equal(['d', 'e', 'c', 'a'])
    expect(await engine.broker.settle(a, {}), 'somebody else has it').to.equal(false)
    expect(await engine.broker.settle(c, { requeue: true }), 'somebody else has it').to.equal(false)
    expect(await engine.redis.llen(list())).to.equal(4)
  })

  it('end in several ways at once, and leave nothing behind', async () => {
    await engine.redis.lpush(list(), ...Array.from({ length: 60 }, (_value, index) => `m${index}`))
    const claims = await claimed(60)
    const ways = [{}, { requeue: true }, { handBack: true }, { aside: aside('dead') }, { schedule: { due: 1e13 } }, {}]
    const ours = await Promise.all(claims.map((claim, index) => engine.broker.settle(claim, ways[index % 6] ?? {})))
    expect([...new Set(ours)]).to.deep.equal([true])
    // What is over is dropped in the round after.
    await engine.broker.settle({ id: 1e9, queue: 'celery', raw: Buffer.from('') }, {})
    expect(await claimKeys()).to.deep.equal([])
    const waiting = await engine.redis.lrange(list(), 0, -1)
    expect(waiting).to.have.members(
      claims.filter((_claim, index) => [1, 2].includes(index % 6)).map(({ raw }) => String(raw)),
    )
    // What has not begun is served next, the oldest first.
    expect(waiting.slice(-10).toReversed()).to.deep.equal(textsOf(claims.filter((_claim, index) => index % 6 === 2)))
    expect(await engine.redis.zcard(engine.keys.schedule('celery'))).to.equal(10)
    expect(await engine.aside('dead')).to.have.length(10)
  })

  it('end twice where the first answer was lost, and nothing is done twice', async () => {
    await engine.redis.lpush(list(), 'a', 'b')
    const [a] = await claimed(2)
    if (!a) throw new Error('there is none')
    expect(await engine.broker.settle(a, { requeue: true })).to.equal(true)
    expect(await engine.broker.settle(a, { requeue: true })).to.equal(false)
    expect(await engine.redis.lrange(list(), 0, -1)).to.deep.equal(['a'])
  })

  it('end although the server is out of memory, also in part', async () => {
    await engine.redis.lpush(list(), 'a', 'b', 'c')
    const [a, b, c] = await claimed(3)
    if (!a || !b || !c) throw new Error('there are fewer')
    await engine.redis.config('SET', 'maxmemory', '1')
    try {
      for (const claim of [a, b]) expect(await engine.broker.settle(claim, {})).to.equal(true)
      expect(await engine.broker.settle(c, { aside: aside('dead') })).to.equal(true)
      expect(await claimKeys()).to.deep.equal([])
    } finally {
      await engine.redis.config('SET', 'maxmemory', '0')
    }
  })

  function aside(kind: 'dead') {
    return { kind, reason: 'a test', taskId: null, taskName: null }
  }
})
