import type { Redis } from 'ioredis'
import { onCommand } from './command-hook.ts'

/** How often an idle connection is tried, in milliseconds. */
const idleTryMs = 1_000

/**
 * Replaces a connection whose other end is silent: stopped, or behind a network that swallows everything. ioredis leaves
 * such a connection as it is.
 *
 * 1. A new connection must answer something within `handshakeMs`. A server that loads its data does answer.
 * 2. A command is not answered within the client's `commandTimeout`, and nothing else has come meanwhile: its connection is
 *    dropped. A large answer may take longer.
 *
 * Dropping it rejects what is in flight, and the client connects anew.
 */
export function replaceWhenSilent(client: Redis, handshakeMs: number): void {
  let lastData = 0
  client.on('connect', () => {
    const { stream } = client
    stream.on('data', () => {
      lastData = performance.now()
    })
    const silent = (): void => void stream.destroy(silence(handshakeMs))
    const timer = setTimeout(silent, handshakeMs)
    const stop = (): void => clearTimeout(timer)
    stream.once('data', stop).once('close', stop)
  })
  onCommand(client, ({ promise }) => {
    const { stream } = client
    const given = performance.now()
    promise.catch((error: unknown) => {
      const late = error instanceof Error && error.message === 'Command timed out'
      const { commandTimeout = 0 } = client.options
      // Not "for as long as the timeout": Node's timers count from the beginning of a turn, and are early by what it has taken.
      if (late && lastData <= given) stream?.destroy(silence(commandTimeout))
    })
  })
}

/**
 * Asks for a sign of life every second, so that a connection that is not used is known to be dead before somebody needs it.
 * A network may lose one without a word.
 */
export function tryWhileIdle(client: Redis): void {
  let timer: NodeJS.Timeout | undefined
  client.on('ready', () => {
    clearInterval(timer)
    timer = setInterval(() => void client.ping().catch(() => undefined), idleTryMs).unref()
  })
  client.on('close', () => clearInterval(timer))
}

function silence(ms: number): Error {
  return new Error(`it accepts, but did not answer within ${ms} ms`)
}
