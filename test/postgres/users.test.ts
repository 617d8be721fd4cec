import { expect } from 'chai'
import { openDatabase } from '../../src/app/database.ts'
import { isOutage } from '../../src/app/outages.ts'
import { Users } from '../../src/app/users.ts'
import { MemoryLog } from '../support/engine.ts'
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts'
import { startService } from '../support/service.ts'
import { describeUsers } from '../support/users-suite.ts'

describe('PostgreSQL in place of SQLite', () => {
  let server: PostgresServer

  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())

  describeUsers('PostgreSQL', async () => {
    const database = await openDatabase(server.url, new MemoryLog())
    return { database, close: () => database.close() }
  })

  it('keeps the schema although several processes open it at once', async () => {
    const opened = await Promise.all(Array.from({ length: 4 }, () => openDatabase(server.url, new MemoryLog())))
    expect(opened).to.have.length(4)
    await Promise.all(opened.map((database) => database.close()))
  })

  it('counts as away while every connection of the pool is in use, and is there again afterwards', async () => {
    const database = await openDatabase(server.url, new MemoryLog())
    const users = new Users(database)
    // Sequelize's own number of connections.
    const held = await Promise.all(Array.from({ length: 5 }, () => database.transaction()))
    const error: unknown = await users.countByUsername('somebody').catch((thrown: unknown) => thrown)
    expect(isOutage(error), String(error)).to.equal(true)
    await Promise.all(held.map((transaction) => transaction.rollback()))
    expect(await users.countByUsername('somebody')).to.equal(0)
    await database.close()
  })

  it('is what the service uses when DATABASE_URL names it', async () => {
    const service = await startService({ env: { DATABASE_URL: server.url } })
    try {
      const database = await openDatabase(server.url, new MemoryLog())
      const [rows] = await database.query("SELECT count(*) AS n FROM tb_users WHERE username = 'from_outside'")
      expect(rows).to.deep.equal([{ n: '0' }])
      await database.query(
        "INSERT INTO tb_users (username, mobile, password_hash, created_at, updated_at) VALUES ('from_outside', '13900000000', 'x', now(), now())",
      )
      await database.close()
      const answer = await fetch(new URL('/usernames/from_outside/count', service.url))
      expect(await answer.json()).to.include({ count: 1 })
    } finally {
      await service.stop()
    }
  })
})
