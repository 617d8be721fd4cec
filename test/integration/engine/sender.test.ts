import { expect } from 'chai'
import { Redis } from 'ioredis'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { RedisClock } from '../../../src/engine/broker/redis-clock.ts'
import { RedisSender, type RedisSenderOptions } from '../../../src/engine/broker/redis-sender.ts'
import { eventually } from '../../support/eventually.ts'
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

  describe('with a high bound', () => {
    const maxLength = 10_000

    async function fill(list: string, count: number): Promise<void> {
      await redis.rpush(list, ...Array.from({ length: count }, () => '{}'))
    }

    it('takes what fits beside all lists and the schedule, and no more', async () => {
      const keys = new BrokerKeys('full:')
      const sender = senderOf({ keys, maxLength })
      const send = (taskId: string): Promise<string> =>
        sender.enqueue({ queue: 'celery', taskId, message: '{}', priority: 0 })
      await fill(keys.list('celery', 3), 4_000)
      await fill(keys.list('celery'), 4_997)
      await redis.zadd(keys.schedule('celery'), ...Array.from({ length: 1_000 }, (_, at) => [at, `m${at}`]).flat())
      const sent = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(send))
      expect(sent.map(({ status }) => status)).to.deep.equal([...Array(3).fill('fulfilled'), 'rejected', 'rejected'])
      expect(await redis.llen(keys.list('celery'))).to.equal(5_000)
    })

    it('counts the other lists now and then while there is ample room, and each time when there is not', async () => {
      const keys = new BrokerKeys('roomy:')
      const sender = senderOf({ keys, maxLength })
      const send = (taskId: string): Promise<string> =>
        sender.enqueue({ queue: 'celery', taskId, message: '{}', priority: 0 })
      const counted = async (count: number): Promise<number> => {
        await redis.config('RESETSTAT')
        for (let index = 0; index < count; index += 1) await send(`m${index}`)
        return Number(/cmdstat_zcard:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
      }
      expect(await counted(200)).to.be.within(1, 150)
      await fill(keys.list('celery', 3), 5_000)
      // What it knew has gone stale by then, or does so on the way.
      await eventually(async () => expect(await counted(10)).to.equal(10))
    })
  })
})
