import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { eventually } from './eventually.ts'

export interface PostgresServer {
  /** `postgres://` address of an empty database. */
  url: string
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL of its own, on a loopback port, in a new temporary folder, and waits until it takes connections.
 * PostgreSQL does not run as root: root starts it as the user `postgres`, which its packages make.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findBinaries()
  const account = process.getuid?.() === 0 ? accountOf('postgres') : null
  const user = account ?? {}
  const folder = mkdtempSync(join(tmpdir(), 'lovage-pg-'))
  if (account !== null) chownSync(folder, account.uid, account.gid)
  const data = join(folder, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'lovage', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...user,
    cwd: folder,
    stdio: 'ignore',
  })
  const port = await freePort()
  const settings = ['-h', '127.0.0.1', '-p', String(port), '-k', folder, '-c', 'fsync=off']
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...settings], { ...user, cwd: folder, stdio: 'ignore' })
  const ended = once(server, 'exit')
  const killAtExit = (): void => void server.kill('SIGKILL')
  process.once('exit', killAtExit)
  // The server itself writes its state there, in the last line.
  const isReady = (): void => {
    if (!/^ready\s*$/m.test(readFileSync(join(data, 'postmaster.pid'), 'utf8'))) throw new Error('it is starting')
  }
  await eventually(isReady, { what: 'a PostgreSQL that takes connections', timeoutMs: 15_000 })
  return {
    url: `postgres://lovage@127.0.0.1:${port}/postgres`,
    async stop() {
      // SIGINT: the fast shutdown, which does not wait for clients.
      server.kill('SIGINT')
      await ended
      process.off('exit', killAtExit)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Debian keeps the programs off the PATH, in a folder per version. */
function findBinaries(): string {
  const versions = '/usr/lib/postgresql'
  const folders = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : []
  const found = [...(process.env['PATH'] ?? '').split(delimiter), ...folders.toSorted().toReversed()].find(
    (folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')),
  )
  if (found === undefined)
    throw new Error(`expected postgres and initdb on the PATH or under ${versions}, found neither`)
  return found
}

function accountOf(name: string): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
