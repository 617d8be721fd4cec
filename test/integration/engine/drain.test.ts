import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { Drain, NodesRunning } from '../../../src/engine/broker/drain.ts'
import { behindPrefix, BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { processMark } from '../../../src/engine/broker/process-mark.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { message } from './aside-lab.ts'

const minute = 60_000

describe('handing everything back for Celery', () => {
  let server: RedisServer
  let redis: Redis
  let keys: BrokerKeys
  let drain: Drain
  let now: number

  before(async () => {
    server = await startRedis()
    redis = new Redis({ path: server.socketPath, db: 10 })
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    keys = new BrokerKeys(`drain-${randomUUID()}[x]*:`)
    drain = new Drain({ redis, keys })
    const [seconds] = await redis.time()
    now = Number(seconds) * 1000
  })

  /** A start of a process that has ended on this machine: the id of a process that never was, at a time that never was. */
  function deadMark(): string {
    const [, , ...rest] = JSON.parse(processMark()) as unknown[]
    return JSON.stringify([2 ** 22 + 7, '1', ...rest])
  }

  /** A start that holds batches of messages, as the scripts of the broker write them. */
  async function member(node: string, epoch: string, mark: string, batches: string[][] = [], queue = 'celery') {
    await redis.sadd(keys.nodes(), JSON.stringify([node, epoch, mark]))
    for (const [index, messages] of batches.entries()) {
      await redis.hset(keys.claims(node, epoch), String(index + 1), keys.list(queue))
      await redis.rpush(keys.batch(node, epoch, index + 1), ...messages)
    }
  }

  const withId = (id: string, headers: object = {}): string => message({ id, ...headers })
  async function schedule(entry: string, due: number, raw: string | Buffer, queue = 'celery', priority = 0) {
    await redis.zadd(keys.schedule(queue), due, entry)
    const stored = Buffer.concat([Buffer.from(`${keys.list(queue, priority)}\0`), Buffer.from(raw)])
    await redis.hset(`${keys.schedule(queue)}:m`, entry, stored)
  }

  interface Waiting {
    id: string
    eta: string | null
    retries: number
  }
  /** What is on a list, in the order in which it is served. */
  async function waiting(queue = 'celery', priority = 0): Promise<Waiting[]> {
    const raw = await redis.lrange(keys.list(queue, priority), 0, -1)
    return raw.toReversed().map((text) => (JSON.parse(text) as { headers: Waiting }).headers)
  }
  const ids = async (queue = 'celery', priority = 0): Promise<string[]> =>
    (await waiting(queue, priority)).map(({ id }) => id)
  const leftovers = async (): Promise<string[]> => {
    const all = await redis.keys('*')
    return all.filter((key) => key.startsWith(keys.list('')) && key.includes('lovage:'))
  }

  it('claims go back in their order, in front of what waits, and nothing of their owners is left', async () => {
    const mark = deadMark()
    await redis.lpush(keys.list('celery'), withId('waits'))
    await member('shop', '2', mark, [[withId('c')], [withId('d'), '\0settled', withId('e')]])
    await member('shop', '1', mark, [[withId('a'), withId('b')]])
    expect(await drain.look()).to.deep.equal({ claims: { shop: 5 }, limited: {}, schedules: {} })
    expect(await drain.run()).to.deep.equal({ claims: { shop: 5 }, limited: {}, schedules: {} })
    expect(await ids()).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'waits'])
    expect(await leftovers()).to.deep.equal([])
  })

  it('what is overdue goes in front, the rest behind, each with its own time', async () => {
    const eta = (time: number): string => new Date(time).toISOString()
    await redis.lpush(keys.list('celery'), withId('waits'))
    await schedule('1', now - 2_000, withId('first', { eta: eta(now - 2_000) }))
    await schedule('2', now - 1_000, withId('second'))
    await schedule('3', now + 2 * minute, withId('late'))
    await schedule('4', now + minute, withId('soon', { eta: eta(now + minute), retries: 2 }))
    await schedule('5', now + minute, withId('urgent', { eta: eta(now + minute) }), 'mail', 9)
    const report = await drain.run()
    expect(report.schedules).to.deep.equal({
      celery: { moved: 4, left: 0, farthest: now + 2 * minute },
      mail: { moved: 1, left: 0, farthest: now + minute },
    })
    expect(await ids()).to.deep.equal(['first', 'second', 'waits', 'soon', 'late'])
    expect(await ids('mail', 9)).to.deep.equal(['urgent'])
    const [, , , soon, late] = await waiting()
    expect(soon).to.include({ eta: eta(now + minute), retries: 2 })
    // It did not say it before.
    expect(Date.parse(late?.eta ?? '')).to.equal(now + 2 * minute)
    expect(await leftovers()).to.deep.equal([])
  })

  it('what waits for others goes behind, byte for byte, in whatever form', async () => {
    const raw = Buffer.concat([Buffer.from('{"content-type": "application/x-yaml", '), Buffer.from([0xff, 0])])
    await redis.lpush(keys.list('celery'), withId('waits'))
    await schedule(`${behindPrefix}1`, now - 500, raw)
    await drain.run()
    const [served, behind] = (await redis.lrangeBuffer(keys.list('celery'), 0, -1)).toReversed()
    expect(String(served)).to.include('"waits"')
    expect(behind?.equals(raw)).to.equal(true)
  })

  it('many are moved some at a time, in their order', async () => {
    const pipeline = redis.pipeline()
    for (let number = 0; number < 1_300; number += 1) {
      // 500 of them are overdue.
      const due = now + (number - 500) * 1_000
      pipeline.zadd(keys.schedule('celery'), due, `entry-${number}`)
      pipeline.hset(
        `${keys.schedule('celery')}:m`,
        `entry-${number}`,
        `${keys.list('celery')}\0${withId(String(number))}`,
      )
    }
    await pipeline.exec()
    const steps: number[] = []
    expect((await drain.run((moved) => void steps.push(moved))).schedules['celery']).to.include({
      moved: 1_300,
      left: 0,
    })
    expect(await ids()).to.deep.equal(Array.from({ length: 1_300 }, (_, number) => String(number)))
    expect(steps.length).to.be.at.least(7)
  })

  it('goes on where it was interrupted: nothing is lost, nothing doubled', async () => {
    await member('shop', '1', deadMark(), [[withId('claimed')]])
    for (let number = 0; number < 900; number += 1) {
      await schedule(`entry-${number}`, now + (number + 1) * minute, withId(String(number)))
    }
    const interrupted = drain.run((moved) => {
      if (moved > 300) throw new Error('interrupted')
    })
    expect(String(await interrupted.catch((error: unknown) => error))).to.equal('Error: interrupted')
    const before = await redis.zcard(keys.schedule('celery'))
    expect(before).to.be.within(1, 899)
    expect((await drain.run()).schedules['celery']).to.include({ moved: before })
    expect(await ids()).to.deep.equal(['claimed', ...Array.from({ length: 900 }, (_, number) => String(number))])
  })

  it('leaves what can not be put on its list, says how many, and moves the rest', async () => {
    await redis.set(keys.list('broken'), 'no list')
    await schedule('1', now - 1_000, withId('overdue'), 'broken')
    await schedule('2', now + minute, withId('later'), 'broken')
    await schedule('3', now + 2 * minute, withId('urgent'), 'broken', 9)
    expect((await drain.run()).schedules['broken']).to.include({ moved: 1, left: 2 })
    expect(await ids('broken', 9)).to.deep.equal(['urgent'])
    expect(await redis.zrange(keys.schedule('broken'), '0', '-1')).to.deep.equal(['1', '2'])
  })

  it('drops entries of the schedule that have no message', async () => {
    await redis.zadd(keys.schedule('celery'), now + minute, 'orphan')
    await drain.run()
    expect(await leftovers()).to.deep.equal([])
  })

  describe('is refused, and moves nothing', () => {
    async function refusal(): Promise<readonly { node: string; reason: string }[]> {
      const error: unknown = await drain.run().catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(NodesRunning)
      return (error as NodesRunning).nodes
    }

    it('while a process lives on this machine, whatever its lease says', async () => {
      await member('shop', '1', processMark(), [[withId('a')]])
      expect(await refusal()).to.deep.equal([{ node: 'shop', reason: 'its process runs on this machine' }])
      expect(await ids()).to.deep.equal([])
    })

    it('while one elsewhere holds its lease', async () => {
      await member('far', '1', 'elsewhere', [[withId('a')]])
      await redis.set(keys.node('far', '1'), 'elsewhere', 'PX', 20_500)
      await schedule('1', now + minute, withId('b'))
      const [only] = await refusal()
      expect(only?.reason).to.match(/^its lease lasts for another (20|21) s$/)
      expect(await ids()).to.deep.equal([])
    })

    it('where one elsewhere may be about to come back after a start of the server', async () => {
      await member('far', '1', 'elsewhere', [[withId('a')]])
      // Younger than the longest lease, as this server is; an older one says that it is gone.
      const aged = (seconds: number): Redis =>
        new Proxy(redis, {
          get(target, name) {
            if (name === 'info') return async () => `uptime_in_seconds:${seconds}\r\n`
            const value: unknown = Reflect.get(target, name)
            return typeof value === 'function' ? (value.bind(target) as unknown) : value
          },
        })
      drain = new Drain({ redis: aged(10), keys })
      const reason = 'the server has just been started: it may be about to come back'
      expect(await refusal()).to.deep.equal([{ node: 'far', reason }])
      drain = new Drain({ redis: aged(31), keys })
      expect((await drain.run()).claims).to.deep.equal({ far: 1 })
      expect(await ids()).to.deep.equal(['a'])
    })

    it('where one is started meanwhile, from there on', async () => {
      for (let number = 0; number < 450; number += 1)
        await schedule(`e${number}`, now + (number + 1) * minute, withId('x'))
      let joined: Promise<unknown> | null = null
      const error: unknown = await drain
        .run(() => {
          joined ??= redis
            .multi()
            .sadd(keys.nodes(), JSON.stringify(['new', '1', 'elsewhere']))
            .set(keys.node('new', '1'), 'elsewhere', 'PX', 30_000)
            .exec()
        })
        .catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(NodesRunning)
      expect((await ids()).length + (await redis.zcard(keys.schedule('celery')))).to.equal(450)
      expect(await redis.zcard(keys.schedule('celery'))).to.be.greaterThan(0)
    })
  })
})
