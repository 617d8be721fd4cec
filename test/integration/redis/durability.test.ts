import { expect } from 'chai'
import { Redis } from 'ioredis'
import { describeDurability } from '../../../src/redis/durability.ts'
import { startRedis } from '../../support/redis-server.ts'

describe('the durability of a Redis', () => {
  /** What is told of a server that was started with these arguments. */
  async function durabilityOf(args: string[], before: (client: Redis) => Promise<unknown> = async () => {}) {
    const server = await startRedis({ args })
    const client = new Redis({ path: server.socketPath })
    try {
      await before(client)
      return await describeDurability(client)
    } finally {
      client.disconnect()
      await server.stop()
    }
  }

  it('is told as the server has it set', async () => {
    expect(await durabilityOf([])).to.equal('no append-only file: what it acknowledged may be lost with it')
    const everySecond = ['--appendonly', 'yes', '--appendfsync', 'everysec']
    expect(await durabilityOf(everySecond)).to.equal('appendfsync everysec')
  })

  it('is not guessed where the server refuses to tell', async () => {
    const refused = await durabilityOf([], (client) => client.acl('SETUSER', 'default', '-config'))
    expect(refused).to.equal('does not tell how it keeps data')
  })
})
