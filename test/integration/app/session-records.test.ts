import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { SEEN_EVERY_MS, SessionRecords, publicIdOf } from '../../../src/app/sessions/session-records.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { silent } from './app-fixtures.ts'

const life = { wholeMs: 70_000, idleMs: 50_000 }

describe('SessionRecords', () => {
  let server: RedisServer
  let redis: Redis
  let records: SessionRecords
  let userId = 0

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
    records = new SessionRecords(redis, { perAccount: 3, logger: silent })
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => {
    userId += 1
  })

  const newId = () => randomBytes(32).toString('base64url')
  const keyOf = (id: string) => `session_${publicIdOf(id)}`
  const session = (fields: { remembered?: boolean; address?: string; browser?: string } = {}) => ({
    userId,
    remembered: false,
    address: '192.0.2.1',
    browser: 'Firefox 140, Linux',
    ...fields,
  })
  /** Begins a session of the account. @returns its id */
  const begin = async (given = life) => {
    const id = newId()
    await records.add(id, session(), given)
    return id
  }
  const listed = async () => (await records.list(userId)).map(({ publicId }) => publicId)

  it('gives back what began, and never keeps the id itself', async () => {
    const id = newId()
    await records.add(id, session({ remembered: true }), life)
    const found = await records.read(id)
    expect(found?.session).to.include({ ...session({ remembered: true }), publicId: publicIdOf(id) })
    expect(found?.session.beganAt).to.be.closeTo(Date.now(), 5_000)
    expect(found?.session.seenAt).to.equal(found?.session.beganAt)
    expect(found?.leftMs).to.be.within(60_000, 70_000)
    for (const key of await redis.keys('*')) {
      expect(key).not.to.contain(id)
      const contents = key.startsWith('session_') ? await redis.hgetall(key) : await redis.zrange(key, '0', '-1')
      expect(JSON.stringify(contents)).not.to.contain(id)
    }
  })

  it('ends one that was not used for too long, and one that has lived long enough', async () => {
    const [idle, whole] = [await begin(), await begin({ wholeMs: 40_000, idleMs: 50_000 })]
    expect(await redis.pttl(keyOf(idle))).to.be.within(45_000, 50_000)
    expect(await redis.pttl(keyOf(whole))).to.be.within(35_000, 40_000)
    expect(await redis.pttl(`sessions_${userId}`)).to.be.within(65_000, 70_000)
    const short = await begin({ wholeMs: 50_000, idleMs: 1 })
    while ((await redis.exists(keyOf(short))) === 1);
    expect(await records.read(short)).to.equal(undefined)
    expect(await listed()).to.deep.equal([idle, whole].map(publicIdOf))
  })

  it('starts the idle time anew when it is used, but writes so once in a while, and never past its end', async () => {
    const id = await begin()
    await redis.pexpire(keyOf(id), 10_000)
    await records.read(id)
    expect(await redis.pttl(keyOf(id))).to.be.at.most(10_000)

    const seenAt = Number(await redis.hget(keyOf(id), 'seen'))
    await redis.hset(keyOf(id), 'seen', seenAt - SEEN_EVERY_MS)
    const found = await records.read(id)
    expect(found?.session.seenAt).to.be.at.least(seenAt)
    expect(await redis.pttl(keyOf(id))).to.be.within(45_000, 50_000)

    await redis.hset(keyOf(id), 'seen', seenAt - SEEN_EVERY_MS, 'ends', Date.now() + 20_000)
    await records.read(id)
    expect(await redis.pttl(keyOf(id))).to.be.within(10_000, 20_000)
  })

  it('is over at its end whatever its key says', async () => {
    const id = await begin()
    await redis.hset(keyOf(id), 'ends', Date.now() - 1)
    expect(await records.read(id)).to.equal(undefined)
  })

  it('ends the oldest of an account when there is one more than it may have; what has expired does not count', async () => {
    const ids = [await begin(), await begin(), await begin()]
    await redis.del(keyOf(ids[1] ?? ''))
    ids.push(await begin())
    expect(await records.read(ids[0] ?? '')).not.to.equal(undefined)
    ids.push(await begin())
    expect(await records.read(ids[0] ?? '')).to.equal(undefined)
    expect(await listed()).to.deep.equal(ids.slice(2).map(publicIdOf))
    expect(await redis.exists(keyOf(ids[0] ?? ''))).to.equal(0)
  })

  it('never has more than that, however many begin at once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => begin()))
    const alive = await Promise.all(ids.map((id) => records.read(id)))
    expect(alive.filter((found) => found !== undefined)).to.have.length(3)
    expect(await listed()).to.have.length(3)
    expect(await redis.exists(...ids.map(keyOf))).to.equal(3)
  })

  it('ends one of an account, and none of another', async () => {
    const [id, other] = [await begin(), await begin()]
    expect(await records.end(userId + 1, publicIdOf(id))).to.equal(false)
    expect(await records.end(userId, publicIdOf(id))).to.equal(true)
    expect(await records.end(userId, publicIdOf(id))).to.equal(false)
    expect(await records.read(id)).to.equal(undefined)
    expect(await listed()).to.deep.equal([publicIdOf(other)])
  })

  it('ends all of an account', async () => {
    const ids = [await begin(), await begin()]
    await records.endAll(userId)
    for (const id of ids) expect(await records.read(id)).to.equal(undefined)
    expect(await redis.exists(`sessions_${userId}`, ...ids.map(keyOf))).to.equal(0)
    await records.endAll(userId)
  })

  it('ends all others, and gives the one that stays another id with the life it has', async () => {
    const [id, other] = [await begin(), await begin()]
    const next = newId()
    const before = await records.read(id)
    await redis.pexpire(keyOf(id), 30_000)
    expect(await records.endOthers(userId, publicIdOf(id), next)).to.equal(true)
    expect(await records.read(id)).to.equal(undefined)
    expect(await records.read(other)).to.equal(undefined)
    expect(await redis.pttl(keyOf(next))).to.be.within(25_000, 30_000)
    const after = await records.read(next)
    expect(after?.session).to.deep.equal({ ...before?.session, publicId: publicIdOf(next) })
    expect(await listed()).to.deep.equal([publicIdOf(next)])
    expect(await redis.pttl(`sessions_${userId}`)).to.be.within(60_000, 70_000)
  })

  it('ends all when the one that was to stay has ended meanwhile, and revives nothing', async () => {
    const [id, other] = [await begin(), await begin()]
    await records.end(userId, publicIdOf(id))
    const next = newId()
    expect(await records.endOthers(userId, publicIdOf(id), next)).to.equal(false)
    for (const gone of [id, other, next]) expect(await records.read(gone)).to.equal(undefined)
    expect(await redis.keys(`session*_${userId}`)).to.deep.equal([])
  })

  it('does not take one for valid that the index does not have', async () => {
    const id = await begin()
    await redis.del(`sessions_${userId}`)
    expect(await records.read(id)).to.equal(undefined)
    expect(await redis.exists(keyOf(id))).to.equal(0)
  })

  it('ignores what cannot be read, and says so in the log', async () => {
    const logger = { ...recordingLogger(), debug() {} }
    const watched = new SessionRecords(redis, { perAccount: 3, logger })
    const id = await begin()
    const whole = await redis.hgetall(keyOf(id))
    const broken = ['user', 'ends', 'began', 'seen', 'remembered', 'address', 'browser'].flatMap((name) => [
      { ...whole, [name]: undefined },
      ...(['user', 'ends', 'began', 'seen'].includes(name) ? [{ ...whole, [name]: 'x' }] : []),
    ])
    for (const fields of broken) {
      await redis.del(keyOf(id))
      await redis.hset(keyOf(id), Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)))
      expect(await watched.read(id)).to.equal(undefined)
    }
    for (const text of ['', '{"userId":1}']) {
      await redis.set(keyOf(id), text)
      expect(await watched.read(id)).to.equal(undefined)
    }
    expect(logger.lines).to.have.length(broken.length + 2)
  })
})
