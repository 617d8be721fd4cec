import { withConnection } from './one-off-client.ts'
import { parseInfo } from './server-probe.ts'
import { parseUsers } from './server-users.ts'

/** What an embedded Redis says of itself. */
export type EmbeddedStatus = StoppedStatus | RunningStatus

export interface StoppedStatus {
  readonly running: false
  readonly socketPath: string
}

export interface RunningStatus {
  readonly running: true
  readonly socketPath: string
  /** It still loads its data and answers nothing else. */
  readonly loading: boolean
  readonly pid: number
  readonly version: string
  readonly uptimeSeconds: number
  /** Memory that its data and buffers take. */
  readonly memoryBytes: number
  readonly aof: AofStatus
  /** Connections, this one included. */
  readonly clients: number
  /** The Lovage processes that use it. */
  readonly users: readonly number[]
}

/** The state of the append-only file. */
export interface AofStatus {
  readonly appendfsync: string
  readonly sizeBytes: number
  /** Whether the last write succeeded; while it did not, Redis refuses writes. */
  readonly lastWriteOk: boolean
  readonly lastRewriteOk: boolean
  readonly rewriting: boolean
}

/**
 * Asks a running server.
 *
 * @throws what stopped the connection
 */
export async function readStatus(socketPath: string): Promise<RunningStatus> {
  return await withConnection(socketPath, 2000, async (client) => {
    const info = parseInfo(await client.info())
    const number = (field: string): number => Number(info.get(field) ?? 0)
    const [, appendfsync = 'unknown'] = await client.config('GET', 'appendfsync')
    const users = parseUsers(String(await client.client('LIST')))
    return {
      running: true,
      socketPath,
      loading: info.get('loading') === '1',
      pid: number('process_id'),
      version: info.get('redis_version') ?? 'unknown',
      uptimeSeconds: number('uptime_in_seconds'),
      memoryBytes: number('used_memory'),
      aof: {
        appendfsync,
        sizeBytes: number('aof_current_size'),
        lastWriteOk: info.get('aof_last_write_status') === 'ok',
        lastRewriteOk: info.get('aof_last_bgrewrite_status') === 'ok',
        rewriting: info.get('aof_rewrite_in_progress') === '1',
      },
      clients: number('connected_clients'),
      users: [...new Set(users.map(({ pid }) => pid))],
    }
  })
}
