import { writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { checkMessage } from './check-message.ts'
import type { SmsGateway, SmsMessage, SmsResult } from './gateway.ts'

/** How long to leave a reader that is behind alone, in milliseconds. */
const FULL_PIPE_WAIT_MS = 5

const STDOUT = 1

/** Writes bytes from `offset` on and returns how many it wrote, as `fs.writeSync` does. */
export type WriteBytes = (fd: number, bytes: Uint8Array, offset: number) => number

/**
 * Prints each message on standard output instead of sending it: the one place that may show a code and a full mobile.
 *
 * In a worker thread process.stdout passes through the main thread and is still under way when `send` returns; this
 * writes to the file descriptor itself, so that the line is there even if the process dies next.
 */
export class ConsoleGateway implements SmsGateway {
  readonly name = 'console'
  /** It prints a message as often as it is asked to. */
  readonly idempotent = false
  readonly #write: WriteBytes

  constructor(write: WriteBytes = (fd, bytes, offset) => writeSync(fd, bytes, offset)) {
    this.#write = write
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult> {
    signal.throwIfAborted()
    checkMessage(message)
    const { mobile, code, validMinutes } = message
    const life = validMinutes === 1 ? '1 minute' : `${validMinutes} minutes`
    const line = Buffer.from(`[sms] ${mobile}: your code is ${code}, valid for ${life}\n`)
    let written = 0
    while (written < line.length) {
      try {
        written += this.#write(STDOUT, line, written)
      } catch (error) {
        const reason = error instanceof Error && 'code' in error ? String(error.code) : 'WRITE_FAILED'
        if (reason !== 'EAGAIN') {
          return { class: 'transient', providerCode: reason, reason: `standard output can not be written: ${reason}` }
        }
        // A pipe that some other part made non-blocking, and whose reader is behind.
        await delay(FULL_PIPE_WAIT_MS)
        signal.throwIfAborted()
      }
    }
    return { class: 'accepted' }
  }
}
