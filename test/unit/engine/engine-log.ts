import type { Logger } from '../../../src/engine/logger.ts'

/** A logger of the engine that keeps its lines: level, message, fields. */
export interface EngineLog extends Logger {
  readonly lines: [level: string, message: string, fields: object][]
}

export function engineLog(): EngineLog {
  const lines: EngineLog['lines'] = []
  const keep =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push([level, message, fields])
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}
