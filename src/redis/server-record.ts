import { readlinkSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './errors.ts'
import { formatIdentity, isAlive, parseIdentity, type ProcessIdentity } from './process-identity.ts'

/** What `redis.pid` in the folder of an embedded Redis says of the server that was last started there. */
export interface ServerRecord {
  readonly server: ProcessIdentity
  readonly socketPath: string
}

/**
 * @param folder real path
 * @returns null if there is none, or none that can be read
 */
export async function readRecord(folder: string): Promise<ServerRecord | null> {
  try {
    const [identity = '', socketPath = ''] = (await readFile(recordFile(folder), 'utf8')).split('\n')
    const server = parseIdentity(identity)
    return server === null || socketPath === '' ? null : { server, socketPath }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

/** Written whole or not at all. Only the holder of the folder's lock may. */
export async function writeRecord(folder: string, { server, socketPath }: ServerRecord): Promise<void> {
  const draft = `${recordFile(folder)}.draft`
  await writeFile(draft, `${formatIdentity(server)}\n${socketPath}\n`, { mode: 0o600 })
  await rename(draft, recordFile(folder))
}

/** Only the holder of the folder's lock may. */
export async function removeRecord(folder: string): Promise<void> {
  await rm(recordFile(folder), { force: true })
}

/**
 * Whether the server of a record is alive. `unknown`: a process with its number is, and nothing more can be told, as there
 * is no /proc.
 */
export function serverState(folder: string, { server }: ServerRecord): 'running' | 'ended' | 'unknown' {
  if (!isAlive(server)) return 'ended'
  try {
    // Of a folder that was copied, the record names the original's server.
    return readlinkSync(`/proc/${server.pid}/cwd`) === folder ? 'running' : 'ended'
  } catch {
    return isAlive(server) ? 'unknown' : 'ended'
  }
}

/** Asks a server whose state is `running` to write its data and end, as SHUTDOWN does. */
export function tellToEnd({ server }: ServerRecord): void {
  try {
    process.kill(server.pid, 'SIGTERM')
  } catch (error) {
    // It has just ended.
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

function recordFile(folder: string): string {
  return join(folder, 'redis.pid')
}
