import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { AppendFsync } from './append-fsync.ts'
import { errorText, RedisSetupError } from './errors.ts'
import { identifyProcess } from './process-identity.ts'
import type { ServerBinary } from './server-binary.ts'
import { logFile } from './server-log.ts'
import { writeRecord } from './server-record.ts'

export interface LaunchOptions {
  /** Real path. */
  readonly folder: string
  readonly socketPath: string
  readonly appendfsync: AppendFsync
}

export interface LaunchedServer {
  readonly pid: number
  /** How it ended ("with code 1"), or null while it runs. */
  readonly ended: () => string | null
}

/**
 * Waits for a line before it becomes the server. If the process that started it dies first, the line never comes, and no
 * server starts that nobody has a record of.
 */
const gate = 'umask 077; read -r line && [ "$line" = go ] && exec "$@" </dev/null'

/**
 * Starts the server. It lives on without this process: in a session and process group of its own, so that neither Ctrl-C nor
 * a closed terminal reaches it, and with its output in a file. Only the holder of the folder's lock may.
 *
 * 1. A shell is started, which waits.
 * 2. Its number, which will be the server's, is written to the record.
 * 3. The shell is told to become the server.
 *
 * It is not told our environment, which may hold secrets.
 *
 * @throws RedisSetupError SERVER_ENDED if it can't be started at all
 */
export async function launchServer(binary: ServerBinary, options: LaunchOptions): Promise<LaunchedServer> {
  const { folder, socketPath } = options
  const log = await open(logFile(folder), 'a', 0o600)
  let child: ChildProcess
  try {
    child = spawn('/bin/sh', ['-c', gate, 'sh', binary.path, ...serverArguments(options)], {
      cwd: folder,
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
      env: pick(process.env, ['PATH', 'LANG', 'LC_ALL', 'TZ']),
    })
    await once(child, 'spawn')
  } catch (error) {
    throw new RedisSetupError('SERVER_ENDED', `${binary.path} could not be started: ${errorText(error)}`)
  } finally {
    await log.close()
  }
  let ended: string | null = null
  child.once('exit', (code, signal) => {
    ended = signal === null ? `with code ${code}` : `by ${signal}`
  })
  child.unref()
  const server = identifyProcess(child.pid ?? 0)
  if (server !== null) await writeRecord(folder, { server, socketPath })
  // If it has ended, the line reaches nobody; `ended` tells.
  child.stdin?.on('error', () => undefined).end('go\n')
  return { pid: child.pid ?? 0, ended: () => ended }
}

/** The server's settings, those that matter even where they are its defaults. All exist since Redis 6.2. */
function serverArguments({ folder, socketPath, appendfsync }: LaunchOptions): string[] {
  const settings: Record<string, string> = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir: folder,
    daemonize: 'no',
    supervised: 'no',
    databases: '16',
    logfile: logFile(folder),
    loglevel: 'notice',
    'always-show-logo': 'no',
    appendonly: 'yes',
    appendfsync,
    // With yes, a rewrite of the file would suspend the promise of `always`.
    'no-appendfsync-on-rewrite': 'no',
    // A rewritten file begins with a snapshot, which loads faster.
    'aof-use-rdb-preamble': 'yes',
    // What was not written to the end was not answered either; it is cut off instead of refusing to start.
    'aof-load-truncated': 'yes',
    save: '',
    // A queue must refuse when memory ends, not drop tasks.
    'maxmemory-policy': 'noeviction',
    timeout: '0',
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

function pick(environment: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(names.map((name) => [name, environment[name]]))
}
