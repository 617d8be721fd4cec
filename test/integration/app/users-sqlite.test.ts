import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../../src/app/database.ts'
import { describeUsers } from '../../support/users-suite.ts'
import { silent } from './app-fixtures.ts'

describeUsers('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-users-'))
  const database = await openDatabase(`sqlite:${join(folder, 'users.sqlite')}`, silent)
  const close = async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  }
  return { database, close }
})

describeUsers('SQLite in memory', async () => {
  const database = await openDatabase('sqlite::memory:', silent)
  return { database, close: () => database.close() }
})
