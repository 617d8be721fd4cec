import { createConnection } from 'node:net'
import { join } from 'node:path'
import { readStatus, type EmbeddedStatus } from './embedded-status.ts'
import { errorCode } from './errors.ts'
import { withLock } from './lock-file.ts'
import { existingFolder, socketPathOf } from './server-folder.ts'
import { probeServer } from './server-probe.ts'
import { readRecord } from './server-record.ts'
import { stopServer, type StopResult } from './server-stop.ts'

/** How long to wait for another process that starts or stops the server, in milliseconds. */
const lockTimeoutMs = 15_000

/** The folder of the lock in that of an embedded Redis. */
export function lockFolder(folder: string): string {
  return join(folder, 'lock')
}

/**
 * Asks the embedded Redis of a folder how it is, without starting it or changing anything.
 *
 * @throws if it runs and does not answer
 */
export async function embeddedStatus(folder: string): Promise<EmbeddedStatus> {
  const path = await existingFolder(folder)
  if (path === null) return { running: false, socketPath: join(folder, 'redis.sock') }
  const socketPath = await socketIn(path)
  const { state } = await probeServer(socketPath, 2000)
  return state === 'dead' ? { running: false, socketPath } : await readStatus(socketPath)
}

/** The socket of the embedded Redis of a folder; null where nobody listens there. Starts nothing. */
export async function embeddedSocket(folder: string): Promise<string | null> {
  const path = await existingFolder(folder)
  if (path === null) return null
  const socketPath = await socketIn(path)
  return (await isListenedTo(socketPath)) ? socketPath : null
}

/** Whether anybody accepts there. What listens is found out by whoever talks to it. */
function isListenedTo(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // A file that is no socket refuses as well.
    socket.once('error', (error) => resolve(!['ENOENT', 'ECONNREFUSED'].includes(errorCode(error) ?? '')))
  })
}

async function socketIn(path: string): Promise<string> {
  return socketPathOf(path, (await readRecord(path))?.socketPath ?? null)
}

/**
 * Stops the embedded Redis of a folder, whoever uses it, and waits until it has ended. Lovage processes that use it will start
 * it again; the result says which were connected.
 *
 * @throws RedisSetupError SERVER_STUCK, LOCKED
 */
export async function stopEmbedded(folder: string): Promise<StopResult> {
  const path = await existingFolder(folder)
  if (path === null) return { stopped: false, users: [] }
  const stop = async (): Promise<StopResult> => await stopServer(path, { onlyUnused: false })
  return await withLock(lockFolder(path), { timeoutMs: lockTimeoutMs }, stop)
}
