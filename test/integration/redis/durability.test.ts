import { expect } from 'chai'
import { Redis } from 'ioredis'
import { describeDurability } from '../../../src/redis/durability.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('the durability of a Redis', () => {
  let server: RedisServer
  let client: Redis

  before(async () => {
    server = await startRedis()
    client = new Redis({ path: server.socketPath })
  })
  after(async () => {
    client.disconnect()
    await server.stop()
  })

  it('is told as the server has it set now', async () => {
    expect(await describeDurability(client)).to.equal('no append-only file: what it acknowledged may be lost with it')
    await client.config('SET', 'appendonly', 'yes')
    await client.config('SET', 'appendfsync', 'everysec')
    expect(await describeDurability(client)).to.equal('appendfsync everysec')
  })

  it('is not guessed where the server refuses to tell', async () => {
    await client.acl('SETUSER', 'default', '-config')
    expect(await describeDurability(client)).to.equal('does not tell how it keeps data')
  })
})
