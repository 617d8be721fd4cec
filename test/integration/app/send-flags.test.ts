import { expect } from 'chai'
import { Redis } from 'ioredis'
import { SendFlags } from '../../../src/app/codes/send-flags.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { newMobile } from './app-fixtures.ts'

describe('SendFlags', () => {
  let server: RedisServer
  let redis: Redis
  let flags: SendFlags

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
    flags = new SendFlags(redis, 60)
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })

  it('raises one flag of a mobile, and says how long it stays up', async () => {
    const mobile = newMobile()
    expect(await flags.raise(flags.flagFor(mobile))).to.equal(0)
    expect(await flags.raise(flags.flagFor(mobile))).to.be.within(59, 60)
    expect(await redis.ttl(`send_flag_${mobile}`)).to.be.within(59, 60)
  })

  it('takes a flag down, and lets another one of the same mobile alone', async () => {
    const mobile = newMobile()
    const [first, second] = [flags.flagFor(mobile), flags.flagFor(mobile)]
    await flags.raise(first)
    await flags.lower(second)
    expect(await redis.exists(`send_flag_${mobile}`)).to.equal(1)
    await flags.lower(first)
    expect(await redis.exists(`send_flag_${mobile}`)).to.equal(0)
    await flags.raise(second)
    await flags.lower(first)
    expect(await redis.exists(`send_flag_${mobile}`)).to.equal(1)
  })

  it('raises none where there is no limit', async () => {
    const unlimited = new SendFlags(redis, null)
    const flag = unlimited.flagFor(newMobile())
    expect(await unlimited.raise(flag)).to.equal(0)
    expect(await unlimited.raise(flag)).to.equal(0)
    await unlimited.lower(flag)
    expect(await redis.exists(`send_flag_${flag.mobile}`)).to.equal(0)
  })
})
