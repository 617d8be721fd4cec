import { setTimeout as sleep } from 'node:timers/promises'
import { RedisSetupError } from './errors.ts'
import { withConnection } from './one-off-client.ts'
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.ts'
import { removeSocket, socketPathOf } from './server-folder.ts'
import { parseInfo, probeServer } from './server-probe.ts'
import { readRecord, removeRecord, serverState, tellToEnd } from './server-record.ts'
import { parseUsers, type ServerUser } from './server-users.ts'

/** What became of a server that was to be stopped. */
export interface StopResult {
  /** False: it was not running, or is still in use. */
  readonly stopped: boolean
  /** Lovage processes that were connected, the caller's own left out. Those that live start it again. */
  readonly users: readonly ServerUser[]
}

export interface StopOptions {
  /** Stop it only if no other Lovage process is connected. */
  readonly onlyUnused: boolean
  /** Number of the caller's own connection at the server. */
  readonly ownClientId?: number
}

/** How long a server may take to write its data and end, in milliseconds. */
const endTimeoutMs = 15_000

/**
 * Stops the server of a folder, if it runs. Only the holder of the folder's lock may, so that nobody connects between
 * the look at who is there and the end.
 *
 * @param folder real path
 * @throws RedisSetupError SERVER_STUCK
 */
export async function stopServer(folder: string, options: StopOptions): Promise<StopResult> {
  const record = await readRecord(folder)
  const socketPath = socketPathOf(folder, record?.socketPath ?? null)
  const probe = await probeServer(socketPath, 2000)
  if (probe.state === 'silent') throw stuck(folder, record?.server.pid, `does not answer: ${probe.reason}`)
  if (probe.state !== 'dead') return await shutDown(folder, socketPath, options)
  const state = record === null ? 'ended' : serverState(folder, record)
  if (record === null || state === 'ended') return { stopped: false, users: [] }
  const { server } = record
  if (state === 'unknown') throw stuck(folder, server.pid, 'may be it, without a socket, or another program')
  // Its socket has been removed from under it, or it is just starting or ending.
  tellToEnd(record)
  await ended(folder, server)
  await removeRecord(folder)
  await removeSocket(folder, socketPath)
  return { stopped: true, users: [] }
}

async function shutDown(folder: string, socketPath: string, options: StopOptions): Promise<StopResult> {
  const { server, users, told } = await withConnection(socketPath, 2000, async (client) => {
    const server = identifyProcess(Number(parseInfo(await client.info('server')).get('process_id')))
    const list = String(await client.client('LIST'))
    const users = parseUsers(list).filter(({ clientId }) => clientId !== options.ownClientId)
    if (options.onlyUnused && users.length > 0) return { server, users, told: false }
    await client.shutdown().catch((error: unknown) => {
      // It answers only to refuse; else the connection closes, or it takes its time.
      if (error instanceof Error && error.name === 'ReplyError') {
        throw stuck(folder, server?.pid, `refuses to shut down: ${error.message}`)
      }
    })
    return { server, users, told: true }
  })
  if (!told) return { stopped: false, users }
  if (server !== null) await ended(folder, server)
  await removeRecord(folder)
  await removeSocket(folder, socketPath)
  return { stopped: true, users }
}

async function ended(folder: string, server: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + endTimeoutMs
  while (isAlive(server)) {
    if (performance.now() > deadline)
      throw stuck(folder, server.pid, `was told to end ${endTimeoutMs} ms ago and has not`)
    await sleep(10)
  }
}

function stuck(folder: string, pid: number | undefined, what: string): RedisSetupError {
  return new RedisSetupError('SERVER_STUCK', `the embedded Redis in ${folder} (process ${pid ?? 'unknown'}) ${what}`)
}
