import { expect } from 'chai'
import { Redis } from 'ioredis'
import { SmsCodes } from '../../../src/app/codes/sms-codes.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { newMobile } from './app-fixtures.ts'

describe('SmsCodes', () => {
  let server: RedisServer
  let redis: Redis
  let codes: SmsCodes
  let mobile: string

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
    codes = new SmsCodes(redis, { hmacKey: 'key', ttlSeconds: 300, tries: 5, wrongPerDay: 20 })
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => {
    mobile = newMobile()
  })

  const contents = () => redis.hgetall(`sms_${mobile}`)

  async function accept(code: string) {
    const acceptance = await codes.accept('register', mobile, code)
    if (acceptance.outcome !== 'accepted')
      throw new Error(`expected the code to be accepted, got ${acceptance.outcome}`)
    return acceptance.taken
  }

  /** Makes every code of the mobile expire at a time relative to now. */
  async function expireIn(ms: number) {
    const fields = Object.keys(await contents()).filter((field) => field !== 'tries')
    for (const field of fields) await redis.hset(`sms_${mobile}`, field, Date.now() + ms)
  }

  it('keeps up to three codes, each of them good; the oldest makes room', async () => {
    for (const code of ['000001', '000002', '000003', '000004']) {
      await codes.store('register', mobile, code)
      // So that no two have the same expiry.
      const { length } = Object.keys(await contents())
      for (const field of Object.keys(await contents())) await redis.hincrby(`sms_${mobile}`, field, -1)
      expect(length).to.be.at.most(3)
    }
    expect(await codes.accept('register', mobile, '000001')).to.deep.equal({ outcome: 'wrong' })
    const taken = await accept('000003')
    expect(await contents()).to.deep.equal({})
    expect(taken.contents).to.have.length(7)
    await codes.giveBack(taken)
    await accept('000002')
  })

  it('tells mobiles and codes apart, and keys', async () => {
    await codes.store('register', mobile, '123456')
    const other = new SmsCodes(redis, { hmacKey: 'another key', ttlSeconds: 300, tries: 5, wrongPerDay: 20 })
    expect(await other.accept('register', mobile, '123456')).to.deep.equal({ outcome: 'wrong' })
    const neighbour = newMobile()
    await redis.rename(`sms_${mobile}`, `sms_${neighbour}`)
    expect(await codes.accept('register', neighbour, '123456')).to.deep.equal({ outcome: 'wrong' })
  })

  it('lets a code expire by its own life, though the key is still there', async () => {
    await codes.store('register', mobile, '111111')
    await expireIn(-1)
    await codes.store('register', mobile, '222222')
    expect(await codes.accept('register', mobile, '111111')).to.deep.equal({ outcome: 'wrong' })
    await expireIn(-1)
    expect(await codes.accept('register', mobile, '222222')).to.deep.equal({ outcome: 'expired' })
    expect(await redis.exists(`sms_${mobile}`)).to.equal(0)
  })

  it('lets the key expire with its last code', async () => {
    const brief = new SmsCodes(redis, { hmacKey: 'key', ttlSeconds: 1, tries: 5, wrongPerDay: 20 })
    await brief.store('register', mobile, '111111')
    expect(await redis.pttl(`sms_${mobile}`)).to.be.within(1, 1000)
    await eventually(async () => expect(await redis.exists(`sms_${mobile}`)).to.equal(0))
  })

  it('counts wrong tries over all codes of a mobile, also over a new one', async () => {
    await codes.store('register', mobile, '111111')
    for (let tries = 1; tries <= 3; tries++) await codes.accept('register', mobile, '000000')
    await codes.store('register', mobile, '222222')
    expect(await contents()).to.include({ tries: '3' })
    await codes.accept('register', mobile, '000000')
    expect(await codes.accept('register', mobile, '000000')).to.deep.equal({ outcome: 'wrong' })
    expect(await redis.exists(`sms_${mobile}`)).to.equal(0)
  })

  it('gives back what was taken: the same codes, lives and tries', async () => {
    await codes.store('register', mobile, '111111')
    await codes.store('register', mobile, '222222')
    await codes.accept('register', mobile, '000000')
    const before = await contents()
    const expiry = await redis.pexpiretime(`sms_${mobile}`)
    await codes.giveBack(await accept('111111'))
    expect(await contents()).to.deep.equal(before)
    expect(await redis.pexpiretime(`sms_${mobile}`)).to.equal(expiry)
  })

  it('gives back no code that has expired meanwhile', async () => {
    await codes.store('register', mobile, '111111')
    await expireIn(20)
    const taken = await accept('111111')
    await eventually(async () => expect(Date.now()).to.be.greaterThan(Number(taken.contents[2])))
    await codes.giveBack(taken)
    expect(await redis.exists(`sms_${mobile}`)).to.equal(0)
  })

  it('gives back beside a code that came meanwhile, and adds the tries up', async () => {
    await codes.store('register', mobile, '111111')
    await codes.accept('register', mobile, '000000')
    const taken = await accept('111111')
    await codes.store('register', mobile, '222222')
    await codes.accept('register', mobile, '000000')
    await codes.giveBack(taken)
    expect(Object.keys(await contents())).to.have.length(3)
    expect(await contents()).to.include({ tries: '2' })
    await accept('222222')
  })

  it('gives back no more than three in all', async () => {
    for (const code of ['000001', '000002']) await codes.store('register', mobile, code)
    const taken = await accept('000001')
    for (const code of ['000003', '000004']) await codes.store('register', mobile, code)
    await codes.giveBack(taken)
    expect(Object.keys(await contents())).to.have.length(3)
  })

  it('withdraws one code and leaves the others', async () => {
    await codes.store('register', mobile, '111111')
    await codes.store('register', mobile, '222222')
    await codes.withdraw('register', mobile, '222222')
    expect(await codes.accept('register', mobile, '222222')).to.deep.equal({ outcome: 'wrong' })
    await accept('111111')
  })

  it('goes on after Redis has forgotten the scripts', async () => {
    await codes.store('register', mobile, '111111')
    await redis.script('FLUSH')
    await codes.store('register', mobile, '222222')
    await redis.script('FLUSH')
    const taken = await accept('111111')
    await redis.script('FLUSH')
    await codes.giveBack(taken)
    await accept('222222')
  })
})
