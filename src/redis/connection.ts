import { Redis } from 'ioredis'
import { describeAddress, endpointOf, type RedisAddress } from './address.ts'
import { explainFailure, type ConnectionFailure } from './connection-failure.ts'
import { addressOptions, describeOptions } from './connection-options.ts'
import { connectionFailure, isRefusal, RedisSetupError } from './errors.ts'
import type { Logger } from './logger.ts'
import { OutageLog } from './outage-log.ts'
import { replaceWhenSilent, tryWhileIdle } from './silence.ts'
import { gatherWrites } from './gathered-writes.ts'
import { ignoreLateErrors } from './stream-errors.ts'
import { keepSubscriptions } from './subscriptions.ts'

/**
 * What a connection is for. `blocking`: its commands may wait at the server (BLMOVE and the like), so they have no time
 * limit of their own.
 */
export type ConnectionRole = 'commands' | 'blocking' | 'subscriber'

export interface ConnectOptions {
  /** Name of the connection at the server, as CLIENT LIST shows it: printable ASCII without spaces. */
  readonly name: string
  readonly role: ConnectionRole
  readonly logger: Logger
  /** Logs when the server goes and when it is back; the connections to one server share it. Default: one of its own. */
  readonly outages?: OutageLog
  /**
   * How long a server may take to accept a connection, and again to answer the first time, in milliseconds from 1; default
   * 1500.
   */
  readonly connectTimeoutMs?: number
  /** How long a command may stay unanswered before it is rejected, in milliseconds from 1; default 2000. */
  readonly commandTimeoutMs?: number
  /**
   * Role `blocking`: the longest time that a command is told to wait at the server, in milliseconds from 1; default
   * 30 000. A connection that is silent for longer counts as dead, so a command must not wait without a limit.
   */
  readonly maxBlockMs?: number
}

/** The longest pause between two attempts to connect, in milliseconds. */
const longestPauseMs = 500

/** Least time between two connections that are dropped because the server is read-only, in milliseconds. */
const readOnlyPauseMs = 1_000

/**
 * Makes a client. It connects at its first command, or with `ready`.
 *
 * A command is sent once or not at all: when the connection drops, commands in flight are rejected, and while there is
 * none, commands are rejected at once, with the reason. Whether to try again is for the caller to decide, who knows whether
 * it may. The client itself reconnects for ever, after 50 ms at first and 0.5 s at most.
 *
 * A server that accepts and never answers (stopped, or a network that swallows everything) is noticed, also by a connection
 * that is not used: a command that is not answered within `commandTimeoutMs` is rejected and takes the connection with it,
 * a `blocking` one that is silent for as long and `maxBlockMs` is dropped, and one that does not answer the first time is
 * given up after `connectTimeoutMs`. So the client works again at most twice `connectTimeoutMs` and 0.5 s after the server does.
 *
 * Errors are logged, once when the server goes and once when it is back; nobody need listen to `error`.
 *
 * @throws RedisSetupError BAD_ADDRESS, BAD_OPTION
 */
export function connect(address: RedisAddress, options: ConnectOptions): Redis {
  const { name, role, logger, connectTimeoutMs = 1500, commandTimeoutMs = 2000, maxBlockMs = 30_000 } = options
  // CLIENT SETNAME refuses other names, and ioredis hides that.
  if (!/^[!-~]+$/.test(name)) {
    throw badOption('name', 'printable ASCII without spaces', name)
  }
  for (const [key, value] of Object.entries({ connectTimeoutMs, commandTimeoutMs, maxBlockMs })) {
    if (!Number.isSafeInteger(value) || value < 1) throw badOption(key, 'a whole number of milliseconds from 1', value)
  }
  const client = new Redis({
    ...addressOptions(address),
    connectionName: name,
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    // A server that no longer answers does not close its half either; how long to wait for that.
    disconnectTimeout: 500,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Not merely "no retry": with null or more, commands in flight would stay pending after a drop and, as they are not
    // sent again, never be answered. With 0 every close rejects them.
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(longestPauseMs, 50 * 2 ** Math.min(attempt - 1, 10)),
    reconnectOnError: (error) => onReplyError(error),
    // Only polls `loading`; ioredis would wait as long as the server estimates, up to 10 s.
    maxLoadingRetryTime: 500,
    sentinelCommandTimeout: commandTimeoutMs,
    sentinelRetryStrategy: (attempt) => Math.min(longestPauseMs, 50 * attempt),
    autoResubscribe: false,
    ...(role === 'blocking' ? { socketTimeout: maxBlockMs + commandTimeoutMs } : { commandTimeout: commandTimeoutMs }),
  })
  const redis = describeAddress(address)
  const outages = options.outages ?? new OutageLog({ redis }, () => logger)
  ignoreLateErrors(client)
  gatherWrites(client)
  refuseOtherDatabase(client)
  const failure = explainFailure(client)
  const onReplyError = replyErrors(client, failure, outages)
  outages.watch(client, failure)
  replaceWhenSilent(client, connectTimeoutMs)
  // Only a network loses a connection without a word; and a command behind a blocking one would wait with it.
  if (role !== 'blocking' && endpointOf(address).kind !== 'socket') tryWhileIdle(client)
  if (role === 'subscriber') keepSubscriptions(client, { connection: name, redis }, logger)
  return client
}

/**
 * Connects a client, if nobody has yet, and waits until the server is ready: it has loaded its data, and the user, password
 * and database are right. After an error the client goes on trying; `disconnect()` ends that.
 *
 * @param timeoutMs how long to wait at most, in milliseconds
 * @throws RedisSetupError NOT_READY, which says what stood in the way
 */
export async function ready(client: Redis, timeoutMs: number): Promise<void> {
  if (client.status === 'ready') return
  let lastFailure: string | null = null
  const onError = (error: Error): void => {
    lastFailure = connectionFailure(error) ?? lastFailure
  }
  await new Promise<void>((resolve, reject) => {
    const settle = (failure: string | null): void => {
      clearTimeout(timer)
      client.off('ready', onReady).off('error', onError).off('end', onEnd)
      if (failure === null) resolve()
      else reject(new RedisSetupError('NOT_READY', `Redis at ${describeOptions(client.options)} ${failure}`))
    }
    const onReady = (): void => settle(null)
    const onEnd = (): void => {
      if (client.status === 'end')
        settle(`was not ready when the connection was closed: ${lastFailure ?? 'by ourselves'}`)
    }
    const onDeadline = (): void => {
      const connected = client.status === 'connect'
      const reason = connected ? 'it accepts, but does not answer or still loads its data' : 'no connection'
      settle(`was not ready within ${timeoutMs} ms: ${lastFailure ?? reason}`)
    }
    // unref: a client that is closed between two attempts tells nobody, and must not keep the process.
    const timer = setTimeout(onDeadline, timeoutMs).unref()
    client.on('ready', onReady).on('error', onError).on('end', onEnd)
    // Its rejection says less than the `error` event. A client that is reconnecting must not be told to connect: its
    // timer would stay, and connect it again even after a disconnect().
    if (client.status === 'wait' || client.status === 'end') client.connect().catch(() => undefined)
  })
}

/** What to do with an error that Redis answers. It says whether to drop the connection; the command is not sent again. */
function replyErrors(client: Redis, failure: ConnectionFailure, outages: OutageLog): (error: Error) => boolean {
  let droppedAt = -Infinity
  return (error) => {
    // A command's arguments may be secret, and loggers print every field of an error.
    Reflect.deleteProperty(error, 'command')
    if (isRefusal(error)) outages.refused(client, error.message)
    // A master that has become a replica: Sentinel, or the name of the host, leads to the new one.
    if (!error.message.startsWith('READONLY') || performance.now() - droppedAt < readOnlyPauseMs) return false
    droppedAt = performance.now()
    failure.note(error.message)
    return true
  }
}

/** When the server refuses the database, ioredis says so in an event and then works in database 0. */
function refuseOtherDatabase(client: Redis): void {
  client.on('error', (error: Error & { command?: { name: string } }) => {
    if (error.command?.name === 'select') client.disconnect(true)
  })
}

function badOption(name: string, expected: string, got: unknown): RedisSetupError {
  return new RedisSetupError('BAD_OPTION', `${name} must be ${expected}, got ${JSON.stringify(got)}`)
}
