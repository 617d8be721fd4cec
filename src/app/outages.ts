import { ConnectionError, DatabaseError, TimeoutError } from 'sequelize'
import { RedisLate } from './redis-time.ts'

/** What ioredis, or our own connection, says when Redis is gone or does not answer: plain `Error`s without a code. */
const REDIS_CLIENT_MESSAGES =
  /^(?:Command timed out|Connection is closed\.|Redis is not ready|the connection was lost|Stream isn't writeable|connect ETIMEDOUT|Socket timeout)/

/** Classes of ioredis for commands that a lost connection or the end of retrying took with it. */
const REDIS_CLIENT_ERRORS = ['AbortError', 'InterruptError', 'MaxRetriesPerRequestError']

/**
 * Answers of a Redis that is there but can't serve now: a replica, out of memory or disk, starting, failing over, or
 * closed to us. Within a script, Redis before 7 puts its own words in front.
 */
const REDIS_REPLIES =
  /^(?:ERR Error running script .*-)?(?:READONLY|OOM|LOADING|MISCONF|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|BUSY|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM)\b/

const NETWORK_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]

/**
 * Codes of a database that is there but can't serve now. SQLite: its file or disk. PostgreSQL, by class (appendix A of
 * its manual): 08 connection, 53 resources, 57 shut down or cancelled; 25006 is a standby.
 */
const DATABASE_CODES = /^(?:SQLITE_(?:BUSY|LOCKED|IOERR|CANTOPEN|FULL|READONLY)|08\w{3}|53\w{3}|57\w{3}|25006)/

/** What pg says, without a code, when the connection went away under a query. */
const DATABASE_MESSAGES = /Connection terminated|connection error|Query read timeout|timeout expired/

/** Whether an error means that Redis or the database is away, rather than that the program is wrong. */
export function isOutage(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true
  if (error instanceof DatabaseError) return DATABASE_CODES.test(codeOf(error.parent)) || isLostConnection(error)
  if (error instanceof RedisLate) return true
  if (!(error instanceof Error)) return false
  if (error.name === 'ReplyError') return REDIS_REPLIES.test(error.message)
  return REDIS_CLIENT_ERRORS.includes(error.name) || REDIS_CLIENT_MESSAGES.test(error.message) || isNetworkError(error)
}

function isLostConnection(error: DatabaseError): boolean {
  return DATABASE_MESSAGES.test(error.message) || isNetworkError(error.parent)
}

function isNetworkError(error: Error): boolean {
  const code = codeOf(error)
  // A Unix socket that is gone is a missing file.
  const socketGone = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect'
  return socketGone || NETWORK_CODES.includes(code)
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
