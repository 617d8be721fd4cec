import { describeAccounts } from '../integration/app/accounts-suite.ts'
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts'

describe('on PostgreSQL', () => {
  let server: PostgresServer

  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())

  describeAccounts('PostgreSQL', () => server.url)
})
