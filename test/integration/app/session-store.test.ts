import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { RedisSessionStore } from '../../../src/app/sessions/redis-session-store.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { silent } from './app-fixtures.ts'

describe('RedisSessionStore', () => {
  let server: RedisServer
  let redis: Redis
  let store: RedisSessionStore

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
    store = new RedisSessionStore(redis, { idleMs: 50_000, logger: silent })
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })

  const newId = () => randomBytes(32).toString('base64url')
  /** A request's context. */
  const request = () => ({ ctx: {} })

  it('keeps a session as long as it is told, a browser session as long as it may be idle', async () => {
    const [remembered, browsers] = [newId(), newId()]
    await store.set(remembered, { userId: 1, _expire: 2 }, 70_000, request())
    await store.set(browsers, { userId: 1, _session: true }, 'session', request())
    expect(await redis.pttl(`session_${remembered}`)).to.be.within(69_000, 70_000)
    expect(await redis.pttl(`session_${browsers}`)).to.be.within(49_000, 50_000)
    expect(await store.get(remembered, undefined, request())).to.deep.equal({ userId: 1, _expire: 2 })
  })

  it('starts the life of a browser session anew when it is read, and of no other', async () => {
    const [remembered, browsers] = [newId(), newId()]
    await store.set(remembered, { userId: 1 }, 70_000, request())
    await store.set(browsers, { userId: 1, _session: true }, 'session', request())
    for (const id of [remembered, browsers]) {
      await redis.pexpire(`session_${id}`, 10_000)
      await store.get(id, undefined, request())
    }
    expect(await redis.pttl(`session_${remembered}`)).to.be.at.most(10_000)
    expect(await redis.pttl(`session_${browsers}`)).to.be.within(49_000, 50_000)
  })

  it('does not revive a session that another request has ended meanwhile', async () => {
    const id = newId()
    await store.set(id, { userId: 1 }, 70_000, request())
    const [slow, logout] = [request(), request()]
    await store.get(id, undefined, slow)
    await store.get(id, undefined, logout)
    await store.destroy(id, logout)
    await store.set(id, { userId: 1, seen: true }, 70_000, slow)
    expect(await redis.exists(`session_${id}`)).to.equal(0)
  })

  it('writes what it has read again, where it is still there', async () => {
    const id = newId()
    await store.set(id, { userId: 1 }, 70_000, request())
    const call = request()
    await store.get(id, undefined, call)
    await store.set(id, { userId: 2 }, 70_000, call)
    expect(await store.get(id, undefined, request())).to.deep.equal({ userId: 2 })
  })

  it('asks Redis for nothing that cannot be an id, or was never written', async () => {
    await redis.set('session_short', '{"userId":1}')
    expect(await store.get('short', undefined, request())).to.equal(undefined)
    expect(await store.get(`${newId()}\n`, undefined, request())).to.equal(undefined)
    const id = newId()
    await redis.set(`session_${id}`, '{}')
    await store.destroy(id, request())
    expect(await redis.exists(`session_${id}`)).to.equal(1)
  })

  it('ignores what cannot be read', async () => {
    const id = newId()
    for (const text of ['', '{', 'null', '[1]', '"text"', '7']) {
      await redis.set(`session_${id}`, text)
      expect(await store.get(id, undefined, request())).to.equal(undefined)
    }
  })
})
