import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { LuaScript } from '../../../src/engine/broker/lua-scripts.ts'
import { MessageSearch } from '../../../src/engine/broker/message-search.ts'
import { encodeMessage } from '../../../src/engine/encode-message.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { message } from './aside-lab.ts'

/** Each message is written once: no two have the same tag. */
const written = new Map<string, string>()
function raw(id: string, args: unknown[] = []): string {
  const text =
    written.get(id) ?? encodeMessage({ name: 'proj.add', args, id, queue: 'mail', origin: '1@host', sentAt: 0 })
  written.set(id, text)
  return text
}

describe('looking for a message that waits', function () {
  this.timeout(20_000)
  let server: RedisServer
  let redis: Redis
  let keys: BrokerKeys
  let search: MessageSearch

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => {
    keys = new BrokerKeys(`test-${randomUUID()}:`)
    search = new MessageSearch({ redis, keys })
  })

  const found = async (id: string, queues = ['celery', 'mail']) => {
    const waiting = await search.find(id, queues)
    if (waiting === null) return null
    expect(waiting.message).to.include({ id, name: 'proj.add' })
    const { place, queue, dueAt } = waiting
    return { place, queue, dueAt, raw: String(waiting.raw) }
  }

  it('finds it on the lists of a queue, whatever its priority, among many', async () => {
    for (const list of keys.lists('mail')) {
      const others = Array.from({ length: 2_500 }, (_value, index) => raw(`other-${index}`))
      await redis.lpush(list, ...others)
    }
    const [first = '', , third = ''] = keys.lists('mail')
    await redis.lset(first, 0, raw('the-last'))
    await redis.lset(first, -1, raw('the-first'))
    await redis.lset(third, 1_200, raw('of-another-priority'))
    for (const id of ['the-first', 'the-last', 'of-another-priority']) {
      expect(await found(id)).to.deep.equal({ place: 'queue', queue: 'mail', dueAt: null, raw: raw(id) })
    }
    expect(await found('other-2499')).to.include({ place: 'queue' })
    expect(await found('nobody')).to.equal(null)
    expect(await found('the-first', ['celery'])).to.equal(null)
  })

  it('finds it on the schedule, with when it is due', async () => {
    for (let index = 0; index < 1_100; index += 1) {
      await redis.zadd(keys.schedule('mail'), index, `entry-${index}`)
      await redis.hset(`${keys.schedule('mail')}:m`, `entry-${index}`, `${keys.list('mail')}\0${raw(`id-${index}`)}`)
    }
    expect(await found('id-1099')).to.deep.equal({
      place: 'schedule',
      queue: 'mail',
      dueAt: 1_099,
      raw: raw('id-1099'),
    })
    expect(await found('id-0')).to.include({ dueAt: 0 })
    await redis.hdel(`${keys.schedule('mail')}:m`, 'entry-7')
    expect(await found('id-7')).to.equal(null)
  })

  it('finds it where it waits for its rate limit', async () => {
    const limited = keys.limited('mail')
    await redis.hset(limited, 'proj.add', 1)
    await redis.zadd(`${limited}:proj.add`, 0, 'a key')
    const waiting = `${limited}:proj.add${BrokerKeys.separator}a key`
    await redis.rpush(waiting, [keys.list('mail'), '', 'limited', raw('limited')].join('\0'))
    expect(await found('limited')).to.deep.equal({ place: 'limited', queue: 'mail', dueAt: null, raw: raw('limited') })
  })

  it('is not taken in by a text that only mentions it', async () => {
    await redis.lpush(
      keys.list('mail'),
      raw('real'),
      raw('fake', ['real']),
      '{"id":"real"',
      message({ id: 'x', root_id: 'real' }),
    )
    expect(await found('real')).to.include({ place: 'queue', raw: raw('real') })
  })

  it('finds one whose id JSON writes otherwise', async () => {
    for (const id of ['a "quoted" id', 'ünï', 'tab\there']) {
      await redis.lpush(keys.list('mail'), raw(id))
      expect(await found(id)).to.include({ place: 'queue' })
    }
  })

  it('reads few of them at once where they are large', async () => {
    const large = (id: string): string => raw(id, ['x'.repeat(1_000_000)])
    await redis.lpush(keys.list('mail'), ...Array.from({ length: 20 }, (_value, index) => large(`large-${index}`)))
    expect(await found('large-19')).to.include({ place: 'queue' })
    expect(await found('large-0')).to.include({ place: 'queue' })
  })

  it('reads few of them at once on the schedule, too', async () => {
    const schedule = keys.schedule('mail')
    for (let index = 0; index < 20; index += 1) {
      await redis.zadd(schedule, index, `entry-${index}`)
      const large = raw(`later-${index}`, ['x'.repeat(300_000)])
      await redis.hset(`${schedule}:m`, `entry-${index}`, `${keys.list('mail')}\0${large}`)
    }
    const script = new LuaScript('find-scheduled')
    const [count] = (await script.run(redis, [schedule], ['nobody', 0, 1_000, 524_288, 2_000_000])) as [number]
    expect(count).to.equal(5)
    expect(await found('later-19')).to.include({ place: 'schedule', dueAt: 19 })
    expect(await found('nobody')).to.equal(null)
  })

  it('passes over a key that holds something else', async () => {
    await redis.set(keys.list('mail'), 'no list')
    expect(await found('x')).to.equal(null)
  })
})
