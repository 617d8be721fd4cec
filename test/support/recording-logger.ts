import { inspect } from 'node:util'
import type { Logger } from '../../src/redis/logger.ts'

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Record<string, unknown>
}

/** A logger that keeps what it is given. */
export interface RecordingLogger extends Logger {
  readonly lines: LogLine[]
  /** All that was logged, as text, for finding what must not be there. */
  text(): string
}

export function recordingLogger(): RecordingLogger {
  const lines: LogLine[] = []
  const add =
    (level: LogLine['level']) =>
    (fields: object, message: string): void =>
      void lines.push({ level, message, fields: { ...fields } })
  return {
    lines,
    text: () => inspect(lines, { depth: 10 }),
    info: add('info'),
    warn: add('warn'),
    error: add('error'),
  }
}
