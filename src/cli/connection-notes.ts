import type { Logger } from '../redis/logger.ts'
import { printable } from './terminal-text.ts'

/** Has somebody who looks told what happens to a connection, a sentence each. */
export function connectionNotes(note: (text: string) => void): Logger {
  const say = (fields: object, message: string): void => {
    const { reason } = fields as { reason?: string }
    note(reason === undefined ? `${message}.` : `${message}: ${reason}`)
  }
  return { info: say, warn: say, error: say }
}

/** The log of a command that asks and ends: a line on standard error for what goes wrong with its connection. What goes well nobody asks for. */
export function commandLog(): Logger & { debug(): void } {
  const notes = connectionNotes((text) => void process.stderr.write(`lovage: ${printable(text)}\n`))
  return { ...notes, info() {}, debug() {} }
}
