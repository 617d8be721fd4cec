import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { QueuePurge } from '../../../src/engine/broker/queue-purge.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('purging a queue', () => {
  let server: RedisServer
  let redis: Redis
  let keys: BrokerKeys
  let purge: QueuePurge

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    keys = new BrokerKeys(`test-${randomUUID()}:`)
    purge = new QueuePurge({ redis, keys })
    for (const list of keys.lists('mail')) await redis.lpush(list, 'one', 'two')
    await redis.lpush(keys.list('other'), 'one')
    await redis.zadd(keys.schedule('mail'), 1, 'a', 2, 'b', 3, 'c')
    await redis.hset(`${keys.schedule('mail')}:m`, { a: 'x', b: 'y', c: 'z' })
    await redis.hset(keys.claims('node', 'epoch'), 1, keys.list('mail'))
    await redis.rpush(keys.batch('node', 'epoch', 1), 'claimed')
    await redis.zadd(keys.aside('dead', 'mail'), 1, 'dead')
  })

  const left = (): Promise<string[]> =>
    redis.keys(`${keys.list('')}*`).then((found) => found.map((key) => key.slice(keys.list('').length)).toSorted())

  it('takes what waits in every priority, and leaves what is claimed, set aside or due later', async () => {
    expect(await purge.purge('mail', { scheduled: false })).to.deep.equal({ messages: 8, scheduled: 3 })
    expect(await left()).to.deep.equal([
      'lovage:claims:node:epoch',
      'lovage:claims:node:epoch:1',
      'lovage:dead:mail',
      'lovage:eta:mail',
      'lovage:eta:mail:m',
      'other',
    ])
    expect(await purge.purge('mail', { scheduled: false })).to.deep.equal({ messages: 0, scheduled: 3 })
  })

  it('takes what is due later where it is asked for', async () => {
    expect(await purge.purge('mail', { scheduled: true })).to.deep.equal({ messages: 8, scheduled: 3 })
    expect(await left())
      .to.include('other')
      .and.not.include.members(['lovage:eta:mail'])
    expect(await redis.exists(`${keys.schedule('mail')}:m`)).to.equal(0)
  })

  it('removes nothing where a key of the queue holds something else', async () => {
    await redis.del(keys.list('mail', 9))
    await redis.set(keys.list('mail', 9), 'no list')
    const refused = await purge.purge('mail', { scheduled: true }).catch(String)
    expect(refused).to.contain('queue mail: expected lists under its keys, came another type')
    expect(await redis.llen(keys.list('mail'))).to.equal(2)
    expect(await redis.zcard(keys.schedule('mail'))).to.equal(3)
  })

  for (const name of ['', 'a b', 'lovage:dead:mail', 'celery-task-meta-x', 'unacked']) {
    it(`refuses what is no queue's name: ${name}`, async () => {
      expect(await purge.purge(name, { scheduled: false }).catch(String)).to.contain("expected a queue's name")
    })
  }
})
