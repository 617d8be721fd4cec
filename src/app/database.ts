import { mkdtempSync, rmdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Sequelize, type Options } from 'sequelize'
import sqlite3 from 'sqlite3'
import type { Logger } from './logger.ts'
import { isUpToDate } from './migrations/up-to-date.ts'

/** How long a statement waits for another process that is writing to the SQLite file, in milliseconds. */
const SQLITE_BUSY_TIMEOUT_MS = 5_000

/** How long to wait for a connection to PostgreSQL, and for a free one of the pool, in milliseconds. */
const POSTGRES_CONNECT_TIMEOUT_MS = 5_000

const SQLITE_MEMORY = 'sqlite::memory:'

/** A SQLite connection that waits. Sequelize opens some of its own accord and asks nobody for settings. */
class PatientDatabase extends sqlite3.Database {
  constructor(...args: ConstructorParameters<typeof sqlite3.Database>) {
    super(...args)
    this.configure('busyTimeout', SQLITE_BUSY_TIMEOUT_MS)
  }
}

/**
 * Opens the database and brings its schema up to date. Several processes may do so at once.
 *
 * @param url `sqlite:<file>` (relative to the working folder), `sqlite::memory:` or `postgres://...`
 * @throws Error that says what is wrong with the URL, the file's folder, or the connection; never with its password
 */
export async function openDatabase(url: string, logger: Logger): Promise<Sequelize> {
  const database = url.startsWith('sqlite:') ? openSqlite(url) : openPostgres(url)
  try {
    await database.authenticate()
  } catch (error) {
    // Nothing is open; SQLite would wait for ever for the end of what never began.
    throw openFailure(url, error)
  }
  try {
    // Readers and the writer do not wait for each other; a database in memory ignores it.
    if (database.getDialect() === 'sqlite') await database.query('PRAGMA journal_mode = WAL')
    if (!(await isUpToDate(database))) {
      // With its tool, which is large, only where a step is missing.
      const { migrate } = await import('./migrations/migrate.ts')
      const migrations = await migrate(database)
      if (migrations.length > 0) logger.info({ migrations }, 'database schema brought up to date')
    }
    return database
  } catch (error) {
    await database.close()
    throw openFailure(url, error)
  }
}

function openFailure(url: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new Error(`could not open the database ${withoutPassword(url)}: ${reason}`, { cause })
}

function openSqlite(url: string): Sequelize {
  const dialect: Options = {
    dialect: 'sqlite',
    dialectModule: { ...sqlite3, Database: PatientDatabase },
    logging: false,
    // SQLite has waited long enough when it says that it is busy; Sequelize would ask four times more.
    retry: { max: 1 },
  }
  if (url === SQLITE_MEMORY) return new Sequelize({ ...dialect, storage: ':memory:' })
  const file = url.slice('sqlite:'.length)
  if (file === '' || /^\/\/[^/]/.test(file)) {
    throw new Error(`database URL: expected sqlite:<file>, for example sqlite:./data/lovage.sqlite, got ${url}`)
  }
  const storage = resolve(file)
  checkFolder(dirname(storage))
  return new Sequelize({ ...dialect, storage })
}

/**
 * SQLite itself only says SQLITE_CANTOPEN, and Sequelize would make the folder. Beside the file SQLite keeps others
 * while it works, so the folder is tried out: modes do not tell of read-only disks.
 */
function checkFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Error(`the database's folder ${folder} does not exist`)
  }
  try {
    rmdirSync(mkdtempSync(join(folder, '.writable-')))
  } catch (error) {
    throw new Error(`the database's folder ${folder} cannot be written to`, { cause: error })
  }
}

function openPostgres(url: string): Sequelize {
  // Not by the URL parser's own error, which carries the whole URL.
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? 'nothing of that kind'
  if (scheme !== 'postgres:' && scheme !== 'postgresql:') {
    throw new Error(`database URL: expected sqlite:<file> or postgres://<user>@<host>/<database>, got ${scheme}`)
  }
  if (!URL.canParse(url))
    throw new Error('database URL: expected postgres://<user>@<host>/<database>, got one that cannot be read')
  return new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    pool: { acquire: POSTGRES_CONNECT_TIMEOUT_MS },
    dialectOptions: { connectionTimeoutMillis: POSTGRES_CONNECT_TIMEOUT_MS },
  })
}

function withoutPassword(url: string): string {
  if (url.startsWith('sqlite:')) return url
  const shown = new URL(url)
  if (shown.password !== '') shown.password = '***'
  // A password may stand among the parameters, too.
  shown.search = ''
  return shown.href
}
