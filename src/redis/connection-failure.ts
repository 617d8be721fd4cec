import type { Redis } from 'ioredis'
import { onCommand } from './command-hook.ts'
import { connectionFailure } from './errors.ts'

/** What ioredis says to a command that finds no connection, and to one whose connection is lost. It does not say why. */
const ioredisWords = { notReady: "Stream isn't writeable", lost: 'Reached the max retries per request limit' }

/** Why a client has no connection that could be used; `reason` is null while it has one. */
export interface ConnectionFailure {
  readonly reason: string | null
  /** Notes why the connection is about to be dropped. */
  note(reason: string): void
}

/**
 * Knows why a connection is not there, and tells it to every command that finds none.
 *
 * 1. An error of the connection is noted, or that the server loads its data, which it says to the INFO that ioredis asks
 *    before it calls a connection ready.
 * 2. Commands given meanwhile, which ioredis rejects at once, get the reason in their error: `Redis is not ready: ...`.
 *    Those that were under way when it was lost get it, too: `the connection was lost: ...`.
 * 3. The connection is ready: forgotten.
 */
export function explainFailure(client: Redis): ConnectionFailure {
  let reason: string | null = null
  client.on('error', (error: Error) => {
    reason = connectionFailure(error) ?? reason
  })
  client.on('close', () => {
    reason ??= 'closed by the server'
  })
  client.on('ready', () => {
    reason = null
  })
  const onAnswer = (answer: unknown): void => {
    if (/^loading:1/m.test(String(answer))) reason = 'LOADING Redis is loading the dataset in memory'
  }
  const onRejected = (error: unknown): void => {
    if (!(error instanceof Error)) return
    const { message } = error
    if (message.startsWith(ioredisWords.notReady)) {
      error.message = `Redis is not ready: ${reason ?? 'not connected yet'}`
    } else if (message.startsWith(ioredisWords.lost)) error.message = `the connection was lost: ${reason ?? 'closed'}`
  }
  onCommand(client, ({ name, promise }) => {
    const tells = client.status !== 'ready' && name.toLowerCase() === 'info'
    if (tells) promise.then(onAnswer, onRejected)
    else promise.catch(onRejected)
  })
  return {
    get reason(): string | null {
      return reason
    },
    note(text: string): void {
      reason = text
    },
  }
}
