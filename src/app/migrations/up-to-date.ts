import { QueryTypes, type Sequelize } from 'sequelize'
import { ALL_MIGRATIONS } from './all-migrations.ts'

/** Where Sequelize's and Umzug's users keep the names of the steps that have run. */
const table = 'SequelizeMeta'

/** Whether the database remembers every step of the schema. Changes nothing. */
export async function isUpToDate(database: Sequelize): Promise<boolean> {
  if (!(await database.getQueryInterface().tableExists(table))) return false
  const rows = await database.query<{ name: string }>(`SELECT "name" FROM "${table}"`, { type: QueryTypes.SELECT })
  const done = new Set(rows.map(({ name }) => name))
  return ALL_MIGRATIONS.every(({ name }) => done.has(name))
}
