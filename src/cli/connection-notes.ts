import type { Logger } from '../redis/logger.ts'

/** Has somebody who looks told what happens to a connection, a sentence each. */
export function connectionNotes(note: (text: string) => void): Logger {
  const say = (fields: object, message: string): void => {
    const { reason } = fields as { reason?: string }
    note(reason === undefined ? `${message}.` : `${message}: ${reason}`)
  }
  return { info: say, warn: say, error: say }
}
