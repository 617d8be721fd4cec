import { expect } from 'chai'
import { Redis } from 'ioredis'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { RedisClock } from '../../../src/engine/broker/redis-clock.ts'
import { RedisSender, type RedisSenderOptions } from '../../../src/engine/broker/redis-sender.ts'
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

  function senderOf(options: Pick<RedisSenderOptions, 'keys'> & Partial<RedisSenderOptions>): RedisSender {
    const clock = new RedisClock()
    const unbounded = { timeoutMs: 5_000, maxLength: null, age: null, rate: () => 0, direct: null }
    return new RedisSender({ redis, clock, ...unbounded, schedules: () => true, ...options })
  }

  for (const [what, extra] of [
    ['with others', {}],
    ['by itself', { once: { key: 'k', ttlSeconds: 60 } }],
  ] as const) {
    it(`says when a message that goes ${what} is on its way: asked then, the server has it`, async () => {
      const keys = new BrokerKeys(`${what}:`)
      const lengths: Promise<number>[] = []
      const onSending = (): void => void lengths.push(redis.llen(keys.list('celery')))
      const sender = senderOf({ keys, onSending })
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

  it('puts what is due later on the schedule where somebody here looks after that, else on its list', async () => {
    const keys = new BrokerKeys('later:')
    const schedules = (queue: string): boolean => queue === 'mine'
    const sender = senderOf({ keys, schedules })
    for (const queue of ['mine', 'theirs']) {
      await sender.enqueue({ queue, taskId: queue, message: '{}', priority: 3, due: Date.now() + 60_000 })
      const held = [await redis.zcard(keys.schedule(queue)), await redis.llen(keys.list(queue, 3))]
      expect(held).to.deep.equal(schedules(queue) ? [1, 0] : [0, 1])
    }
  })
})
