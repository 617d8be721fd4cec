import sqlite3 from 'sqlite3'
import type { Backing } from './app-harness.ts'

/** Holds SQLite's write lock as another process would, and has the app's connection wait a moment only. */
export async function lockForWriting({ database }: Backing): Promise<() => Promise<unknown>> {
  const [[row]] = await database.query('PRAGMA database_list')
  const file: unknown = Object(row).file
  await database.query('PRAGMA busy_timeout = 20')
  const other = new sqlite3.Database(String(file))
  const run = (sql: string) =>
    new Promise<void>((resolve, reject) => {
      other.exec(sql, (error) => (error === null ? resolve() : reject(error)))
    })
  await run('BEGIN IMMEDIATE')
  return async () => {
    await run('ROLLBACK')
    other.close()
  }
}
