import type { Redis } from 'ioredis'
import { connectionFailure } from './errors.ts'
import type { Logger } from './logger.ts'

/**
 * Logs the state of a connection: one line when it goes, with the reason, and one when it is back, however often ioredis
 * tries in between. A connection that is closed on purpose is not logged.
 *
 * @param fields what tells this connection from others
 */
export function logConnection(client: Redis, fields: object, logger: Logger): void {
  let downSince: number | null = null
  let reason: string | null = null
  const goesDown = (): void => {
    if (downSince !== null) return
    downSince = performance.now()
    logger.warn({ ...fields, reason: reason ?? 'closed by the server' }, 'Redis connection lost; trying again')
  }
  client.on('error', (error: Error) => {
    reason = connectionFailure(error) ?? reason
    // While Sentinel finds no master there is no connection that could close.
    if (client.status === 'connecting') goesDown()
  })
  client.on('close', () => {
    if (client.status !== 'end') goesDown()
  })
  client.on('ready', () => {
    reason = null
    if (downSince === null) return
    logger.info({ ...fields, downMs: Math.round(performance.now() - downSince) }, 'Redis connection is back')
    downSince = null
  })
}
