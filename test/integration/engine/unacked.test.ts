import { expect } from 'chai'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { Unacked } from '../../../src/engine/broker/unacked.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

const hour = 3600
const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/celery/unacked_entries.jsonl', import.meta.url), 'utf8').split('\n')[0] ?? '',
) as { field: string; value: string }

/** An entry as kombu writes it. */
function entry(
  id: string,
  options: { queue?: string; exchange?: string; priority?: number; expires?: string } = {},
): string {
  const { queue = 'celery', exchange = '', priority = 0, expires = null } = options
  const [message] = JSON.parse(fixture.value) as [{ headers: object; properties: object }]
  const headers = { ...message.headers, id, expires }
  const properties = { ...message.properties, priority, delivery_info: { exchange, routing_key: queue } }
  return JSON.stringify([{ ...message, headers, properties }, exchange, queue])
}

describe('claims of Celery workers that are gone', () => {
  let server: RedisServer
  let redis: Redis
  let keys: BrokerKeys
  let dropped: number[]

  before(async () => {
    server = await startRedis()
    redis = new Redis({ path: server.socketPath, db: 10 })
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => {
    keys = new BrokerKeys(`unacked-${randomUUID()}:`)
    dropped = []
  })

  function restorer(options: { redis?: Redis; max?: number } = {}): Unacked {
    return new Unacked({
      redis: options.redis ?? redis,
      keys,
      visibilityTimeoutMs: hour * 1000,
      asideLimits: { max: options.max ?? 1000, days: 30 },
      onDropped: (_, count) => void dropped.push(count),
    })
  }

  /** Claims as a worker writes them, `age` seconds ago. */
  async function claim(tag: string | Buffer, value: string | Buffer, age = hour + 60): Promise<void> {
    const [seconds] = await redis.time()
    await redis.zadd(keys.unackedIndex(), String(Number(seconds) - age), tag)
    await redis.hset(keys.unacked(), new Map([[tag, value]]))
  }

  /** Ids on a list, in the order in which they will be served. */
  async function waiting(queue: string, priority = 0): Promise<string[]> {
    const raw = await redis.lrange(keys.list(queue, priority), 0, -1)
    return raw.toReversed().map((text) => (JSON.parse(text) as { headers: { id: string } }).headers.id)
  }

  /** How many claims there are, and tags in their index. */
  async function held(): Promise<{ entries: number; indexed: number }> {
    return { entries: await redis.hlen(keys.unacked()), indexed: await redis.zcard(keys.unackedIndex()) }
  }

  async function aside(queue = 'celery'): Promise<{ raw: Buffer | null; note: Record<string, unknown> }[]> {
    const set = keys.aside('unreadable', queue)
    const ids = await redis.zrange(set, '0', '-1')
    return Promise.all(
      ids.map(async (id) => ({
        raw: await redis.getBuffer(`${set}:m:${id}`),
        note: JSON.parse((await redis.hget(`${set}:n`, id)) ?? '{}') as Record<string, unknown>,
      })),
    )
  }

  /** A connection where something happens right before each sending of a command. */
  function intercept(client: Redis, command: string, action: (time: number) => unknown): Redis {
    let times = 0
    return new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]): Promise<unknown> => {
          if (name === command) await action((times += 1))
          return Reflect.apply(value, target, args) as unknown
        }
      },
    })
  }

  function before1st(command: string, action: () => unknown): Redis {
    return intercept(redis, command, (time) => (time === 1 ? action() : undefined))
  }

  describe('are restored', () => {
    it('to their queue, marked as redelivered, with nothing left behind', async () => {
      await claim(fixture.field, fixture.value)
      expect(await restorer().sweep()).to.deep.equal({ restored: 1, unreadable: 0 })
      const [message] = JSON.parse(fixture.value) as [{ headers: object; properties: { delivery_info: object } }]
      Object.assign(message.headers, { redelivered: true })
      Object.assign(message.properties.delivery_info, { redelivered: true })
      expect(JSON.parse((await redis.rpop(keys.list('celery'))) ?? '')).to.deep.equal(message)
      expect(await held()).to.deep.equal({ entries: 0, indexed: 0 })
      expect(await redis.exists(keys.unackedMutex())).to.equal(0)
    })

    it('in the order of their claims, before what is waiting', async () => {
      await redis.lpush(keys.list('celery'), JSON.stringify({ headers: { id: 'waiting' } }))
      await claim('b', entry('second'), hour + 20)
      await claim('c', entry('third'), hour + 10)
      await claim('a', entry('first'), hour + 30)
      expect(await restorer().sweep()).to.deep.equal({ restored: 3, unreadable: 0 })
      expect(await waiting('celery')).to.deep.equal(['first', 'second', 'third', 'waiting'])
    })

    it('once they are older than the visibility timeout, and no sooner', async () => {
      await claim('old', entry('old'), hour + 2)
      await claim('young', entry('young'), hour - 60)
      expect(await restorer().sweep()).to.deep.equal({ restored: 1, unreadable: 0 })
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      expect(await waiting('celery')).to.deep.equal(['old'])
      expect(await redis.hkeys(keys.unacked())).to.deep.equal(['young'])
    })

    it('300 a sweep', async () => {
      const ids = Array.from({ length: 310 }, (_, number) => `task-${number}`)
      for (const [number, id] of ids.entries()) await claim(id, entry(id), hour + 1000 - number)
      expect(await restorer().sweep()).to.deep.equal({ restored: 300, unreadable: 0 })
      expect(await restorer().sweep()).to.deep.equal({ restored: 10, unreadable: 0 })
      expect(await waiting('celery')).to.deep.equal(ids)
    })

    it('under tags that are not text', async () => {
      await claim(Buffer.from([0xff, 0x00, 0xfe]), entry('x'))
      expect(await restorer().sweep()).to.deep.equal({ restored: 1, unreadable: 0 })
      expect(await held()).to.deep.equal({ entries: 0, indexed: 0 })
    })

    it('to the list of their priority step', async () => {
      for (const priority of [0, 2, 3, 5, 6, 9]) await claim(`${priority}`, entry(`p${priority}`, { priority }))
      expect((await restorer().sweep()).restored).to.equal(6)
      expect(await waiting('celery', 0)).to.have.members(['p0', 'p2'])
      expect(await waiting('celery', 3)).to.have.members(['p3', 'p5'])
      expect(await waiting('celery', 6)).to.deep.equal(['p6'])
      expect(await waiting('celery', 9)).to.deep.equal(['p9'])
    })

    it('to the queues that a direct exchange is bound to under their routing key', async () => {
      const bindings = [
        'mail\x06\x16\x06\x16one',
        'mail\x06\x16\x06\x16two',
        'sms\x06\x16\x06\x16three',
        'mail',
        'mail\x06\x16',
      ]
      await redis.sadd(keys.binding('shop'), ...bindings)
      await claim('tag', entry('x', { exchange: 'shop', queue: 'mail', priority: 3 }))
      expect(await restorer().sweep()).to.deep.equal({ restored: 1, unreadable: 0 })
      expect(await waiting('one', 3)).to.deep.equal(['x'])
      expect(await waiting('two', 3)).to.deep.equal(['x'])
      expect(await waiting('three', 3)).to.deep.equal([])
      expect(await waiting('', 3)).to.deep.equal([])
    })

    it('to the queues whose pattern matches, of a topic exchange', async () => {
      const bindings = ['mail.#\x06\x16^mail\\..*?$\x06\x16one', 'sms.#\x06\x16^sms\\..*?$\x06\x16two']
      await redis.sadd(keys.binding('topics'), ...bindings)
      await claim('tag', entry('x', { exchange: 'topics', queue: 'mail.now' }))
      expect(await restorer().sweep()).to.deep.equal({ restored: 1, unreadable: 0 })
      expect([await waiting('one'), await waiting('two')]).to.deep.equal([['x'], []])
    })
  })

  describe('are set aside', () => {
    it('byte for byte where they can not be read, with a reason that does not tell them, and the others are restored', async () => {
      const garbage = [
        Buffer.from([0xff, 0x00, 0xfe]),
        Buffer.from('secret, not JSON'),
        Buffer.alloc(0),
        Buffer.from('["secret"]'),
      ]
      for (const [index, raw] of garbage.entries()) await claim(`bad ${index}`, raw, hour + 100 - index)
      await claim('oldest', entry('oldest'), hour + 200)
      await claim('newest', entry('newest'), hour + 10)
      expect(await restorer().sweep()).to.deep.equal({ restored: 2, unreadable: 4 })
      expect(await waiting('celery')).to.deep.equal(['oldest', 'newest'])
      const found = await aside()
      expect(found.map(({ raw }) => raw?.toString('hex'))).to.have.members(garbage.map((raw) => raw.toString('hex')))
      const reasons = ['JSON in UTF-8', 'a list of message, exchange and routing key'].map(
        (what) => `Celery's unacked: expected ${what}`,
      )
      expect(new Set(found.map(({ note }) => note['reason']))).to.deep.equal(new Set(reasons))
      expect(await held()).to.deep.equal({ entries: 0, indexed: 0 })
      expect(await redis.smembers(keys.asideIndex())).to.deep.equal([keys.aside('unreadable', 'celery')])
    })

    it('under their own queue where that is known', async () => {
      const raw = JSON.stringify([{ body: '' }, '', 'sms'])
      await claim('tag', raw)
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 1 })
      expect(String((await aside('sms'))[0]?.raw)).to.equal(raw)
    })

    it('where no queue is bound, with the task’s id and name', async () => {
      await claim('tag', entry('lost', { exchange: 'shop', queue: 'mail' }))
      await claim('no key', entry('nowhere', { queue: '' }))
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 2 })
      const reason = "Celery's unacked: expected a queue that its exchange is bound to"
      expect((await aside('mail'))[0]?.note).to.include({ id: 'lost', task: 'proj.add', reason })
      expect((await aside())[0]?.note).to.include({ id: 'nowhere', reason })
    })

    it('without their contents where these must not run any more', async () => {
      await claim('tag', entry('late', { exchange: 'shop', queue: 'mail', expires: '2020-01-01T00:00:00Z' }))
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 1 })
      const [only] = await aside('mail')
      expect(only?.raw).to.equal(null)
      expect(only?.note).to.include({ id: 'late' })
    })

    it('where the key of their list holds something else, which stays', async () => {
      await redis.set(keys.list('taken'), 'a string')
      await claim('tag', entry('x', { queue: 'taken' }))
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 1 })
      const [only] = await aside('taken')
      expect(String(only?.raw)).to.equal(entry('x', { queue: 'taken' }))
      expect(only?.note).to.include({ reason: "Celery's unacked: expected a list under the name of its queue" })
      expect(await redis.get(keys.list('taken'))).to.equal('a string')
    })

    it('within bounds, and what had to go is told', async () => {
      for (const number of [1, 2, 3]) await claim(`${number}`, `bad ${number}`, hour + number)
      expect(await restorer({ max: 2 }).sweep()).to.deep.equal({ restored: 0, unreadable: 3 })
      expect(await aside()).to.have.length(2)
      expect(dropped).to.deep.equal([1])
    })
  })

  describe('are left alone', () => {
    it('at the cost of one command where there is none', async () => {
      await redis.config('RESETSTAT')
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      const commands = [...(await redis.info('commandstats')).matchAll(/^cmdstat_([^:|]+).*?:calls=(\d+)/gm)]
      const sent = commands.filter(([, name]) => name !== 'config' && name !== 'info')
      expect(sent.map(([, name, calls]) => `${name} ${calls}`)).to.deep.equal(['zrangebyscore 1'])
    })

    it('without taking the mutex where none is due', async () => {
      await claim('young', entry('young'), 10)
      await redis.config('RESETSTAT')
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      expect(await redis.info('commandstats')).to.not.match(/cmdstat_(set|evalsha|eval):/)
    })

    it('while somebody else sweeps', async () => {
      await claim('tag', entry('x'))
      await redis.set(keys.unackedMutex(), 'theirs')
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      expect(await held()).to.deep.equal({ entries: 1, indexed: 1 })
      expect(await redis.get(keys.unackedMutex())).to.equal('theirs')
    })

    it('when the mutex passes to somebody else during the sweep, who keeps it', async () => {
      const values = { good: entry('good'), bad: 'bad', gone: null }
      for (const [tag, value] of Object.entries(values)) {
        keys = new BrokerKeys(`unacked-${randomUUID()}:`)
        await claim(tag, value ?? '')
        if (value === null) await redis.hdel(keys.unacked(), tag)
        const indexed = await redis.zcard(keys.unackedIndex())
        const lost = before1st('hgetBuffer', () => redis.set(keys.unackedMutex(), 'theirs'))
        expect(await restorer({ redis: lost }).sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
        expect(await redis.zcard(keys.unackedIndex()))
          .to.equal(indexed)
          .and.equal(1)
        expect(await redis.get(keys.unackedMutex())).to.equal('theirs')
      }
    })

    it('when another worker claims them anew during the sweep', async () => {
      await claim('good', entry('good'))
      await claim('bad', 'bad')
      const again = before1st('hgetBuffer', async () => {
        await claim('good', entry('good'), 0)
        await claim('bad', 'bad', 0)
      })
      expect(await restorer({ redis: again }).sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      expect(await held()).to.deep.equal({ entries: 2, indexed: 2 })
      expect(await waiting('celery')).to.deep.equal([])
    })

    it('when they change, come or go between being read and being restored', async () => {
      await claim('changes', entry('before'))
      const changed = before1st('callBuffer', () => claim('changes', entry('after')))
      expect(await restorer({ redis: changed }).sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      await redis.hdel(keys.unacked(), 'changes')
      const come = before1st('callBuffer', () => claim('changes', entry('come')))
      expect(await restorer({ redis: come }).sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      expect(await held()).to.deep.equal({ entries: 1, indexed: 1 })
      const acked = before1st('callBuffer', () => redis.del(keys.unacked(), keys.unackedIndex()))
      expect(await restorer({ redis: acked }).sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      expect(await waiting('celery')).to.deep.equal([])
    })

    it('where they are in no index; an index entry without a claim is removed', async () => {
      await redis.hset(keys.unacked(), 'not indexed', entry('x'))
      await redis.zadd(keys.unackedIndex(), 5, 'no entry')
      expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 0 })
      expect(await redis.hkeys(keys.unacked())).to.deep.equal(['not indexed'])
      expect(await redis.zcard(keys.unackedIndex())).to.equal(0)
    })

    it('where Redis refuses to look at one, which is told after the others were restored', async () => {
      await redis.set(keys.binding('broken'), 'not a set')
      await claim('newer', entry('newer'), hour + 10)
      await claim('refused', entry('refused', { exchange: 'broken' }), hour + 20)
      await claim('older', entry('older'), hour + 30)
      const error = await restorer()
        .sweep()
        .catch((error: unknown) => error)
      expect(error)
        .to.be.instanceOf(Error)
        .with.property('message')
        .that.matches(/WRONGTYPE/)
      expect(await waiting('celery')).to.deep.equal(['older', 'newer'])
      expect(await redis.hkeys(keys.unacked())).to.deep.equal(['refused'])
      expect(await redis.exists(keys.unackedMutex())).to.equal(0)
    })

    it('when the connection goes during the sweep, which ends', async () => {
      for (const tag of ['a', 'b', 'c']) await claim(tag, entry(tag))
      const own = new Redis({ path: server.socketPath, db: 10, maxRetriesPerRequest: 0, retryStrategy: () => null })
      own.on('error', () => {})
      let asked = 0
      const cut = intercept(own, 'hgetBuffer', (time) => {
        asked = time
        if (time === 2) own.disconnect()
      })
      const error = await restorer({ redis: cut })
        .sweep()
        .catch((error: unknown) => error)
      expect(error)
        .to.be.instanceOf(Error)
        .with.property('message')
        .that.matches(/Connection is closed/)
      expect(asked).to.equal(2)
      expect(await held()).to.deep.equal({ entries: 2, indexed: 2 })
      expect(await redis.llen(keys.list('celery'))).to.equal(1)
      // The holder is gone: kombu's five minutes.
      expect(await redis.pttl(keys.unackedMutex())).to.be.within(1, 300_000)
    })
  })

  it('are restored once, however many look for them at the same time', async () => {
    for (const number of Array.from({ length: 50 }, (_, index) => index)) await claim(`${number}`, entry(`${number}`))
    const counts = await Promise.all([1, 2, 3].map(() => restorer().sweep()))
    expect(counts.reduce((sum, { restored }) => sum + restored, 0)).to.equal(50)
    expect(new Set(await waiting('celery'))).to.have.property('size', 50)
    expect(await redis.llen(keys.list('celery'))).to.equal(50)
  })
})
