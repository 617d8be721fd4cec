import { openDatabase } from '../../src/app/database.ts'
import { describeAudit } from '../integration/app/audit-suite.ts'
import { describeAuditTable } from '../support/audit-table-suite.ts'
import { MemoryLog } from '../support/engine.ts'
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts'

describe('on PostgreSQL', () => {
  let server: PostgresServer

  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())

  describeAuditTable('PostgreSQL', async () => {
    const database = await openDatabase(server.url, new MemoryLog())
    return { database, close: () => database.close() }
  })

  describeAudit('PostgreSQL', () => server.url)
})
