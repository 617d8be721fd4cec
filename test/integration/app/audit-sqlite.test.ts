import { openDatabase } from '../../../src/app/database.ts'
import { describeAuditTable } from '../../support/audit-table-suite.ts'
import { silent } from './app-fixtures.ts'
import { describeAudit } from './audit-suite.ts'

describeAuditTable('SQLite', async () => {
  const database = await openDatabase('sqlite::memory:', silent)
  return { database, close: () => database.close() }
})

describeAudit('SQLite')
