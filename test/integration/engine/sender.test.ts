import { expect } from 'chai'
import { Redis } from 'ioredis'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { RedisClock } from '../../../src/engine/broker/redis-clock.ts'
import { RedisSender } from '../../../src/engine/broker/redis-sender.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('a sender', () => {
  let server: RedisServer
  let redis: Redis

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })

  for (const [what, extra] of [
    ['with others', {}],
    ['by itself', { once: { key: 'k', ttlSeconds: 60 } }],
  ] as const) {
    it(`says when a message that goes ${what} is on its way: asked then, the server has it`, async () => {
      const keys = new BrokerKeys(`${what}:`)
      const lengths: Promise<number>[] = []
      const sender = new RedisSender({
        redis,
        keys,
        clock: new RedisClock(),
        timeoutMs: 5_000,
        maxLength: null,
        age: null,
        rate: () => 0,
        direct: null,
        onSending: () => void lengths.push(redis.llen(keys.list('celery'))),
      })
      await redis.script('FLUSH')
      const message = { queue: 'celery', message: '{}', priority: 0, ...extra }
      // The server does not know the script yet: the second time it does.
      await sender.enqueue({ ...message, taskId: 'a' })
      lengths.length = 0
      await redis.del(keys.list('celery'), keys.once('k'))
      await sender.enqueue({ ...message, taskId: 'b' })
      expect(await Promise.all(lengths)).to.deep.equal([1])
    })
  }
})
