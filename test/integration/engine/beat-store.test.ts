import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import type { TickStep } from '../../../src/engine/broker/beat-store.ts'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { RedisBeat } from '../../../src/engine/broker/redis-beat.ts'
import { QueueAge } from '../../../src/engine/broker/queue-age.ts'
import { RedisClock } from '../../../src/engine/broker/redis-clock.ts'
import { QueueFullError } from '../../../src/engine/errors.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

const entry = { name: 'one', identity: 'every 5', known: null }

describe('where periodic tasks stand, on Redis', () => {
  let server: RedisServer
  let redis: Redis
  let keys: BrokerKeys
  let sending: number

  before(async () => {
    server = await startRedis()
    redis = new Redis({ path: server.socketPath })
  })
  after(async () => {
    redis?.disconnect()
    await server?.stop()
  })
  beforeEach(() => {
    keys = new BrokerKeys(`store-${randomUUID()}:`)
    sending = 0
  })

  function store(maxLength: number | null = null, maxAgeMs: number | null = null): RedisBeat {
    const age = maxAgeMs === null ? null : new QueueAge({ redis, keys, maxMs: maxAgeMs })
    return new RedisBeat({ redis, keys, clock: new RedisClock(), maxLength, age, onSending: () => void (sending += 1) })
  }
  const messages = (...texts: string[]): TickStep['messages'] =>
    texts.map((text) => ({ queue: 'q', priority: 3, taskId: text, taskName: 't', text }))
  async function begun(): Promise<TickStep> {
    const { states } = await store().look([entry], null)
    const from = states[0]?.last ?? 0
    return { name: 'one', identity: 'every 5', from, to: from, missed: 0, messages: messages('a', 'b') }
  }
  const queued = () => redis.lrange(keys.list('q', 3), 0, -1)

  it('takes a step once, however often it is tried', async () => {
    const step = { ...(await begun()), missed: 4 }
    const later = { ...step, from: step.from - 5 }
    expect(await store().step(later, 'x')).to.equal('other')
    await redis.hset(keys.beat('one'), 'last', step.from - 5)
    expect(await store().step(later, 'x')).to.equal('sent')
    expect(await store().step(later, 'x')).to.equal('other')
    expect(await queued()).to.deep.equal(['b', 'a'])
    const kept = await redis.hgetall(keys.beat('one'))
    expect(kept).to.include({ last: String(step.to), sent: '2', missed: '4', by: 'x' })
    expect(sending).to.equal(3)
    expect((await store().look([entry], null)).states).to.deep.equal([{ last: step.to, by: 'x' }])
  })

  it('takes no step of another schedule, and none that lies ahead of its clock', async () => {
    const step = await begun()
    expect(await store().step({ ...step, identity: 'every 6' }, 'x')).to.equal('other')
    expect(await store().step({ ...step, to: step.from + 60_000 }, 'x')).to.equal('early')
    expect(await queued()).to.deep.equal([])
  })

  it('puts all of a step on a queue, or nothing', async () => {
    const step = await begun()
    await redis.lpush(keys.list('q', 9), 'another', 'more')
    expect(await store(3).step(step, 'x')).to.deep.equal({ full: 'q', length: 2 })
    expect(await queued()).to.deep.equal([])
    expect(await store(4).step(step, 'x')).to.equal('sent')
    expect(await queued()).to.deep.equal(['b', 'a'])
  })

  it('puts nothing on a queue whose oldest message is too old', async () => {
    const step = await begun()
    await redis.lpush(keys.list('q'), JSON.stringify({ properties: { timestamp: 1 } }))
    let error: unknown = null
    await store(null, 1_000)
      .step(step, 'x')
      .catch((thrown: unknown) => (error = thrown))
    expect(error).to.be.instanceOf(QueueFullError)
    expect(await queued()).to.deep.equal([])
  })

  it('takes no step where a queue is none', async () => {
    const step = await begun()
    await redis.set(keys.list('q', 3), 'no list')
    let error: unknown = null
    await store()
      .step(step, 'x')
      .catch((thrown: unknown) => (error = thrown))
    expect(String(error)).to.include('WRONGTYPE')
    expect((await store().look([entry], null)).states[0]?.last).to.equal(step.from)
  })

  it('begins anew where what is kept is broken', async () => {
    await begun()
    await redis.hset(keys.beat('one'), 'last', 'never')
    const { now, states } = await store().look(
      [
        { ...entry, known: 17 },
        { ...entry, name: 'two' },
      ],
      null,
    )
    expect(states.map(({ last }) => last)).to.deep.equal([17, now])
  })
})
