import { errorCode, errorText } from './errors.ts'
import { withConnection } from './one-off-client.ts'

/** What is found at a socket. */
export type Probe = Ready | Loading | Silent | Dead

export interface Ready {
  readonly state: 'ready'
  readonly pid: number
  /** Changes with every start of the server. */
  readonly runId: string
  readonly version: string
}

interface Loading {
  readonly state: 'loading'
  readonly percent: number
}

/** Somebody accepts, but does not answer as a Redis does. */
interface Silent {
  readonly state: 'silent'
  readonly reason: string
}

/** Nobody listens. */
interface Dead {
  readonly state: 'dead'
}

/**
 * Looks whether a server is alive; changes nothing.
 *
 * @param timeoutMs how long it may take to answer, in milliseconds
 */
export async function probeServer(socketPath: string, timeoutMs: number): Promise<Probe> {
  try {
    return await withConnection(socketPath, timeoutMs, async (client) => {
      const info = parseInfo(await client.info())
      if (info.get('loading') === '1') {
        return { state: 'loading', percent: Math.floor(Number(info.get('loading_loaded_perc') ?? 0)) }
      }
      return {
        state: 'ready',
        pid: Number(info.get('process_id')),
        runId: info.get('run_id') ?? '',
        version: info.get('redis_version') ?? '',
      }
    })
  } catch (error) {
    // A file that is no socket refuses as well.
    if (['ENOENT', 'ECONNREFUSED'].includes(errorCode(error) ?? '')) return { state: 'dead' }
    return { state: 'silent', reason: errorText(error) }
  }
}

/** The fields of the answer to INFO. */
export function parseInfo(answer: string): Map<string, string> {
  const lines = answer.split('\r\n').map((line) => /^(\w+):(.*)$/.exec(line))
  return new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])))
}
