import { QueryTypes, Transaction, type Sequelize } from 'sequelize'
import { Umzug, type UmzugStorage } from 'umzug'
import { ALL_MIGRATIONS } from './all-migrations.ts'

/** Any number that no other program uses as an advisory lock on the same PostgreSQL database. */
const LOCK_ID = 7_305_001

/**
 * Brings the schema up to date.
 *
 * 1. One transaction is opened that keeps other processes out: SQLite's write lock, or a lock of PostgreSQL's that is
 *    held until the transaction ends. Whoever comes second waits, and then finds nothing left to do.
 * 2. The steps that the database does not remember run in order.
 * 3. All are kept, or none.
 *
 * @returns the names of the steps that ran
 */
export async function migrate(database: Sequelize): Promise<string[]> {
  // PostgreSQL has no types of transactions; Sequelize leaves this one out there.
  return database.transaction({ type: Transaction.TYPES.IMMEDIATE }, async (transaction) => {
    if (database.getDialect() === 'postgres') {
      await database.query(`SELECT pg_advisory_xact_lock(${LOCK_ID})`, { transaction })
    }
    const context = { schema: database.getQueryInterface(), transaction }
    const umzug = new Umzug({
      migrations: ALL_MIGRATIONS.map((migration) => ({ name: migration.name, up: () => migration.up(context) })),
      storage: rememberIn(database, transaction),
      logger: undefined,
    })
    const ran = await umzug.up()
    return ran.map(({ name }) => name)
  })
}

/** Umzug's own storage for Sequelize can't be told to use a transaction; hence this one, with the same table. */
function rememberIn(database: Sequelize, transaction: Transaction): UmzugStorage {
  return {
    async executed() {
      const table = 'CREATE TABLE IF NOT EXISTS "SequelizeMeta" ("name" VARCHAR(255) NOT NULL PRIMARY KEY)'
      await database.query(table, { transaction })
      const rows = await database.query<{ name: string }>('SELECT "name" FROM "SequelizeMeta" ORDER BY "name"', {
        type: QueryTypes.SELECT,
        transaction,
      })
      return rows.map(({ name }) => name)
    },
    async logMigration({ name }) {
      await database.query('INSERT INTO "SequelizeMeta" ("name") VALUES (?)', { replacements: [name], transaction })
    },
    async unlogMigration({ name }) {
      await database.query('DELETE FROM "SequelizeMeta" WHERE "name" = ?', { replacements: [name], transaction })
    },
  }
}
