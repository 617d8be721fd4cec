import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { QueryTypes, type Sequelize } from 'sequelize'
import { openDatabase } from '../../../src/app/database.ts'
import { isUpToDate } from '../../../src/app/migrations/up-to-date.ts'
import { Users } from '../../../src/app/users.ts'
import { silent } from './app-fixtures.ts'

describe('openDatabase', () => {
  let folder: string
  const open: Sequelize[] = []

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lovage-database-'))
  })
  after(async () => {
    await Promise.all(open.map((database) => database.close()))
    rmSync(folder, { recursive: true, force: true })
  })

  async function opened(url: string): Promise<Sequelize> {
    const database = await openDatabase(url, silent)
    open.push(database)
    return database
  }

  /** The message that opening fails with. */
  async function failure(url: string): Promise<string> {
    try {
      await opened(url)
    } catch (error) {
      if (error instanceof Error) return error.message
    }
    throw new Error(`expected ${url} to fail`)
  }

  it('makes the file with its schema, in WAL mode, patient, with foreign keys', async () => {
    const database = await opened(`sqlite:${join(folder, 'new.sqlite')}`)
    expect(await pragma(database, 'journal_mode')).to.equal('wal')
    expect(await pragma(database, 'busy_timeout')).to.equal(5000)
    expect(await pragma(database, 'foreign_keys')).to.equal(1)
    const names = await database.query('SELECT name FROM "SequelizeMeta"', { type: QueryTypes.SELECT })
    expect(names).to.deep.equal([{ name: '0001-users' }, { name: '0002-accounts' }, { name: '0003-audit' }])
    // Nor is there an account that nobody has made.
    expect(await database.query('SELECT * FROM tb_users', { type: QueryTypes.SELECT })).to.deep.equal([])
  })

  it('makes transactions patient, too', async () => {
    const database = await opened(`sqlite:${join(folder, 'patient.sqlite')}`)
    const timeout = await database.transaction(async (transaction) => {
      return database.query('PRAGMA busy_timeout', { type: QueryTypes.SELECT, transaction })
    })
    expect(timeout).to.deep.equal([{ timeout: 5000 }])
  })

  it('is up to date when every step has run, and only then', async () => {
    const database = await opened(`sqlite:${join(folder, 'steps.sqlite')}`)
    expect(await isUpToDate(database)).to.equal(true)
    await database.query('DELETE FROM "SequelizeMeta"')
    expect(await isUpToDate(database)).to.equal(false)
    await database.query('DROP TABLE "SequelizeMeta"')
    expect(await isUpToDate(database)).to.equal(false)
  })

  it('opens a file again, and leaves its content alone', async () => {
    const url = `sqlite:${join(folder, 'again.sqlite')}`
    const first = await opened(url)
    const insert =
      "INSERT INTO tb_users VALUES (7, 'somebody', '13800000000', '', '2026-01-01', '2026-01-01', NULL, NULL)"
    await first.query(insert)
    await first.close()
    open.pop()
    const rows = await (await opened(url)).query('SELECT id FROM tb_users', { type: QueryTypes.SELECT })
    expect(rows).to.deep.equal([{ id: 7 }])
  })

  it('brings a file of the first release up to date, and leaves its accounts as they were', async () => {
    const url = `sqlite:${join(folder, 'first-release.sqlite')}`
    const first = await opened(url)
    for (const column of ['disabled_at', 'password_changed_at']) {
      await first.query(`ALTER TABLE tb_users DROP COLUMN ${column}`)
    }
    await first.query('DROP TABLE tb_audit')
    await first.query(`DELETE FROM "SequelizeMeta" WHERE name IN ('0002-accounts', '0003-audit')`)
    await first.query("INSERT INTO tb_users VALUES (7, 'somebody', '13800000000', 'x', '2026-01-01', '2026-01-01')")
    await first.close()
    open.pop()
    const user = await new Users(await opened(url)).findByUsername('somebody')
    expect(user).to.include({ id: 7, passwordHash: 'x', disabledAt: null, passwordChangedAt: null })
  })

  it('opens one new file from six processes at once', async () => {
    const url = `sqlite:${join(folder, 'shared.sqlite')}`
    const ran = await Promise.all(Array.from({ length: 6 }, () => openInProcess(url)))
    expect(ran.filter((line) => line === '["0001-users","0002-accounts","0003-audit"]')).to.have.length(1)
    expect(ran.filter((line) => line === '[]')).to.have.length(5)
  })

  it('keeps a database in memory', async () => {
    const database = await opened('sqlite::memory:')
    expect(await database.query('SELECT * FROM tb_users', { type: QueryTypes.SELECT })).to.deep.equal([])
  })

  it('says what it expects of the URL', async () => {
    expect(await failure('mysql://root:secret@localhost/shop')).to.equal(
      'database URL: expected sqlite:<file> or postgres://<user>@<host>/<database>, got mysql:',
    )
    expect(await failure('lovage.sqlite')).to.include('got nothing of that kind')
    expect(await failure('sqlite:')).to.include('expected sqlite:<file>')
    expect(await failure('sqlite://lovage.sqlite')).to.include('expected sqlite:<file>')
    expect(await failure('postgres://user:secret@host:port/shop'))
      .to.include('cannot be read')
      .and.not.include('secret')
  })

  it('says that the folder of the file is missing, or no folder', async () => {
    const nowhere = join(folder, 'nowhere')
    expect(await failure(`sqlite:${nowhere}/x.sqlite`)).to.equal(`the database's folder ${nowhere} does not exist`)
    writeFileSync(join(folder, 'file'), '')
    expect(await failure(`sqlite:${folder}/file/x.sqlite`)).to.include('does not exist')
  })

  it('says that the folder cannot be written to', async () => {
    const readOnly = join(folder, 'read-only')
    mkdirSync(readOnly)
    chmodSync(readOnly, 0o555)
    chmodSync(folder, 0o755)
    const message = await withoutPowers(() => failure(`sqlite:${readOnly}/x.sqlite`))
    expect(message).to.equal(`the database's folder ${readOnly} cannot be written to`)
  })

  it('says that a file cannot be opened, or is no database', async () => {
    const asFolder = `sqlite:${folder}`
    expect(await failure(asFolder)).to.include(`could not open the database ${asFolder}: SQLITE_CANTOPEN`)
    writeFileSync(join(folder, 'text.sqlite'), 'no database, but text; long enough to be read as one'.repeat(50))
    expect(await failure(`sqlite:${folder}/text.sqlite`)).to.include('SQLITE_NOTADB')
  })

  it('says that PostgreSQL does not answer, without the password', async () => {
    const server = await listenAndHangUp()
    const { port } = Object(server.address())
    const message = await failure(`postgres://user:secret@127.0.0.1:${port}/shop?password=secret2`)
    expect(message).to.match(/^could not open the database postgres:\/\/user:\*\*\*@127\.0\.0\.1:\d+\/shop: ./)
    expect(message).not.to.include('secret')
    server.close()
  })
})

/** Opens a database in a process of its own. @returns the migrations that ran, in JSON, or the failure */
async function openInProcess(url: string): Promise<string> {
  const opener = fileURLToPath(new URL('open-database.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', opener, url])
  return stdout.trim()
}

/** Begins something as nobody where the tests run as root, who may write anywhere. */
function withoutPowers<T>(begin: () => T): T {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    return begin()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

/** The one value that a PRAGMA answers with. */
async function pragma(database: Sequelize, name: string): Promise<unknown> {
  const [row] = await database.query<Record<string, unknown>>(`PRAGMA ${name}`, { type: QueryTypes.SELECT })
  return Object.values(row ?? {})[0]
}

/** A server that ends every connection at once. */
async function listenAndHangUp(): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
