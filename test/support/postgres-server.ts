import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { eventually } from './eventually.ts'
import { signalIfThere } from './signal-if-there.ts'

export interface PostgresServer {
  /** `postgres://` address of an empty database. */
  url: string
  /** Stops all its processes where they are: it takes connections still, and answers nothing. */
  freeze(): void
  thaw(): void
  /** Ends it as a fault would; its data stay. */
  kill(): Promise<void>
  /** Starts it again, at the same address. */
  revive(): Promise<void>
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
  const launch = async (): Promise<Running> => {
    const options = { ...user, cwd: folder, stdio: 'ignore' } as const
    const running = run(spawn(join(bin, 'postgres'), ['-D', data, ...settings], options))
    // The server itself writes its state there, in the last line; at first what is there may be of one before it.
    const isReady = (): void => {
      const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').trimEnd().split('\n')
      if (lines[0] !== String(running.pid) || lines.at(-1)?.trim() !== 'ready') throw new Error('it is starting')
    }
    await eventually(isReady, { what: 'a PostgreSQL that takes connections', timeoutMs: 15_000 })
    return running
  }
  let running = await launch()
  return {
    url: `postgres://lovage@127.0.0.1:${port}/postgres`,
    freeze: () => running.signal('SIGSTOP'),
    thaw: () => running.signal('SIGCONT'),
    kill: () => running.end('SIGKILL'),
    async revive() {
      running = await launch()
    },
    async stop() {
      // SIGINT: the fast shutdown, which does not wait for clients.
      await running.end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Running {
  readonly pid: number
  /** To all processes of the server. */
  signal(signal: NodeJS.Signals): void
  /** SIGKILL: of all its processes. */
  end(signal: 'SIGINT' | 'SIGKILL'): Promise<void>
}

function run(server: ChildProcess): Running {
  const { pid } = server
  if (pid === undefined) throw new Error('PostgreSQL could not be started')
  const ended = once(server, 'exit')
  const signal = (name: NodeJS.Signals): void => {
    // Each is a session of its own, so there is no group; nobody starts more once the first has stopped.
    server.kill(name)
    for (const child of childrenOf(pid)) signalIfThere(child, name)
  }
  const killAtExit = (): void => signal('SIGKILL')
  process.once('exit', killAtExit)
  void ended.then(() => process.off('exit', killAtExit))
  return {
    pid,
    signal,
    async end(name) {
      if (server.exitCode !== null || server.signalCode !== null) return
      const children = name === 'SIGKILL' ? childrenOf(pid) : []
      server.kill(name)
      // They end by themselves too, once the server is gone.
      for (const child of children) signalIfThere(child, name)
      await ended
    },
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
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
