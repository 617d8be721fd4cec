/** What can go wrong with an address, a connection or the embedded Redis; `code` of a RedisSetupError. */
export type RedisSetupErrorCode =
  /** An address that can't be read. */
  | 'BAD_ADDRESS'
  /** A bad option of `connect` or `startEmbedded`. */
  | 'BAD_OPTION'
  /** A server that did not become ready in time. */
  | 'NOT_READY'
  /** The data folder, or the folder of the socket, can't be used. */
  | 'BAD_FOLDER'
  /** Another process holds the lock of the data folder and does not let go. */
  | 'LOCKED'
  /** No `redis-server` or `valkey-server` that is recent enough. */
  | 'NO_SERVER'
  /** The embedded server ended while it started. */
  | 'SERVER_ENDED'
  /** The embedded server runs but did not answer, load its data or end in time. */
  | 'SERVER_STUCK'

/** An error of this part, with a message for the person who runs Lovage. It never holds a password. */
export class RedisSetupError extends Error {
  readonly code: RedisSetupErrorCode

  constructor(code: RedisSetupErrorCode, message: string) {
    super(message)
    this.name = 'RedisSetupError'
    this.code = code
  }
}

/**
 * The text of an error, which for a failed connection to several addresses is not in its message.
 *
 * An error of ioredis carries its command with all arguments (a password, for instance), so only this text of one may
 * reach a log or another error.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  if (error instanceof AggregateError) return error.errors.map(errorText).join('; ')
  return errorCode(error) ?? error.name
}

const refusals = /^(?:READONLY|OOM|LOADING|MISCONF|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|BUSY)\b/

/** Whether an answer of Redis means that it is there but can't serve now: a replica, out of memory or disk, loading, ... */
export function isRefusal(error: Error): boolean {
  return refusals.test(error.message)
}

/**
 * Why a connection fails, from an `error` event of ioredis; null if the event only tells of what followed.
 *
 * It removes the command from the error: that of HELLO holds the password, and others may log the error as it is.
 */
export function connectionFailure(error: Error): string | null {
  Reflect.deleteProperty(error, 'command')
  const text = errorText(error)
  return /^(?:Stream isn't writeable|Redis is not ready|the connection was lost)/.test(text) ? null : text
}

/** The code of an error of the system, such as ENOENT. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
