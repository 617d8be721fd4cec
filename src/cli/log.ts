import { pino, type Logger } from 'pino'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Tracer } from '../engine/index.ts'
import { readableLine } from './readable-line.ts'

/**
 * The process's log on standard error: JSON, one object a line; readable where it is a terminal. Standard output stays
 * free for what a command prints. NO_COLOR is heeded.
 *
 * @param tracer tells the trace of which a line is part; null: nothing is traced
 */
export async function createLog(
  level: ResolvedSettings['log']['level'],
  tracer: Pick<Tracer, 'activeTraceId'> | null = null,
): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    ...(tracer !== null && { mixin: () => traceOf(tracer) }),
  }
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }))
  // Formatting in this thread keeps the order and needs no thread of its own; a terminal is no busy place.
  const { build } = await import('pino-pretty')
  const colorize = process.stderr.hasColors()
  const shown = { ignore: 'pid,hostname', hideObject: true, messageFormat: readableLine }
  return pino(options, build({ destination: 2, sync: true, colorize, translateTime: 'SYS:HH:MM:ss.l', ...shown }))
}

function traceOf(tracer: Pick<Tracer, 'activeTraceId'>): { traceId?: string } {
  const traceId = tracer.activeTraceId()
  return traceId === undefined ? {} : { traceId }
}
