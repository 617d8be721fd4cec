import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { RedisAddress } from './address.ts'
import { appendFsyncs, raiseAppendFsync, type AppendFsync } from './append-fsync.ts'
import { connect, ready } from './connection.ts'
import { lockFolder } from './embedded-control.ts'
import { readStatus, type RunningStatus } from './embedded-status.ts'
import { errorText, RedisSetupError } from './errors.ts'
import { withLock } from './lock-file.ts'
import type { Logger } from './logger.ts'
import { OutageLog } from './outage-log.ts'
import { RestartPace } from './restart-pace.ts'
import { prepareFolder } from './server-folder.ts'
import { rotateLog } from './server-log.ts'
import { ensureServer, type RunningServer, type ServerSettings } from './server-start.ts'
import { stopServer, type StopResult } from './server-stop.ts'
import { userConnectionName } from './server-users.ts'

export interface EmbeddedOptions {
  /** The server's folder, of its own: its data, log, lock and socket. Made if it is not there. */
  readonly folder: string
  readonly appendfsync: AppendFsync
  readonly logger: Logger
  /** Program to start in place of `redis-server` or `valkey-server` from PATH: a name in PATH, or a path. */
  readonly serverCommand?: string
  /** How long the server may take to answer and to load its data, in milliseconds from 1; default 60 000. */
  readonly loadTimeoutMs?: number
}

/** The server that has taken the place of the one before. */
export interface RestartedServer {
  readonly pid: number
}

/** How long to wait for another process that starts or stops the server, beside the time to load, in milliseconds. */
const lockTimeoutMs = 5000
/** How long a server that answers may take to accept our connection, in milliseconds. */
const connectTimeoutMs = 5000
const logCheckMs = 3_600_000

/**
 * Finds the server of a folder, or starts it, and watches over it until `release`.
 *
 * @throws RedisSetupError BAD_OPTION, BAD_FOLDER, LOCKED, NO_SERVER, SERVER_ENDED, SERVER_STUCK, NOT_READY
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedRedis> {
  const { appendfsync, loadTimeoutMs = 60_000 } = options
  if (!appendFsyncs.includes(appendfsync)) {
    throw new RedisSetupError('BAD_OPTION', `appendfsync must be always, everysec or no, got ${appendfsync}`)
  }
  if (!Number.isSafeInteger(loadTimeoutMs) || loadTimeoutMs < 1) {
    throw new RedisSetupError('BAD_OPTION', `loadTimeoutMs must be a whole number from 1, got ${loadTimeoutMs}`)
  }
  const embedded = new EmbeddedRedis({ ...options, loadTimeoutMs, folder: await prepareFolder(options.folder) })
  await embedded.start()
  return embedded
}

/**
 * A Redis on this machine that the Lovage processes of one folder share, and that none of them owns.
 *
 * 1. start: under the folder's lock, finds the server or starts it, and connects. That connection, by its name, says that
 *    this process uses the server.
 * 2. While it runs: when the connection closes, the same again. So whichever process notices first restarts a
 *    dead server, and the others find it. A server that dies again and again is given growing pauses.
 * 3. release: under the lock, if no other process is connected, stops the server. The lock keeps out a start in between.
 *
 * After kill -9 of this process the server runs on; the next start finds it.
 */
export class EmbeddedRedis {
  readonly #settings: ServerSettings
  readonly #ending = new AbortController()
  readonly #pace = new RestartPace()
  readonly #listeners = new Set<(server: RestartedServer) => void>()
  readonly #logCheck: NodeJS.Timeout
  #client: Redis | null = null
  #server: RunningServer | null = null
  #attachedAt = 0
  #recovery: Promise<void> | null = null
  #end: Promise<StopResult> | null = null

  /** @internal Use `startEmbedded`. */
  constructor(settings: ServerSettings) {
    this.#settings = settings
    this.#logCheck = setInterval(() => void rotateLog(settings.folder).catch(() => undefined), logCheckMs).unref()
  }

  /** @internal */
  async start(): Promise<void> {
    try {
      await this.#attach()
    } catch (error) {
      this.#close()
      throw error
    }
  }

  /** The server's number as a process, as of its last start. */
  get pid(): number {
    return this.#running().pid
  }

  /** @param db number of the database, from 0 to 15 */
  address(db: number): RedisAddress {
    if (!Number.isSafeInteger(db) || db < 0 || db > 15) {
      throw new RedisSetupError('BAD_OPTION', `the embedded Redis has the databases 0 to 15, got ${db}`)
    }
    return { socketPath: this.#running().socketPath, db }
  }

  /**
   * Has `listener` called whenever another server process has taken the place of the one before and answers, whoever
   * started it. What was sent meanwhile has been rejected; what had been answered is there, as `appendfsync` promises.
   *
   * @returns undoes it
   */
  onRestart(listener: (server: RestartedServer) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** @throws if the server does not answer */
  async status(): Promise<RunningStatus> {
    return await readStatus(this.#running().socketPath)
  }

  /**
   * Ends the use of the server and stops it if no other Lovage process uses it. Close the other connections first.
   *
   * @throws RedisSetupError LOCKED, SERVER_STUCK; the server then runs on
   */
  async release(): Promise<StopResult> {
    this.#end ??= this.#finish(true)
    return await this.#end
  }

  /**
   * Stops the server, whoever uses it. Other Lovage processes will start it again.
   *
   * @throws RedisSetupError LOCKED, SERVER_STUCK
   */
  async stop(): Promise<StopResult> {
    this.#end ??= this.#finish(false)
    return await this.#end
  }

  async #finish(onlyUnused: boolean): Promise<StopResult> {
    const { folder, logger } = this.#settings
    this.#ending.abort()
    await this.#recovery
    try {
      return await withLock(lockFolder(folder), { timeoutMs: lockTimeoutMs }, async () => {
        const ownClientId = await this.#ownClientId()
        this.#close()
        const result = await stopServer(folder, { onlyUnused, ownClientId })
        if (result.stopped) logger.info({ folder, pid: this.#server?.pid }, 'embedded Redis stopped')
        return result
      })
    } finally {
      this.#close()
    }
  }

  /** The number of our connection at the server; 0 if there is none. */
  async #ownClientId(): Promise<number> {
    try {
      return this.#client?.status === 'ready' ? await this.#client.client('ID') : 0
    } catch {
      // It has just closed.
      return 0
    }
  }

  #close(): void {
    clearInterval(this.#logCheck)
    // ioredis would wait its disconnectTimeout for a connection that has closed already.
    if (this.#client?.status !== 'end') this.#client?.disconnect()
  }

  /** Finds or starts the server, and connects to it before any other process can stop it. */
  async #attach(): Promise<void> {
    const { folder, loadTimeoutMs, appendfsync, logger } = this.#settings
    const { signal } = this.#ending
    // Whoever holds the lock may be waiting for the server to load.
    await withLock(lockFolder(folder), { timeoutMs: loadTimeoutMs + lockTimeoutMs, signal }, async () => {
      const server = await ensureServer(this.#settings, signal)
      const client = this.#clientOf(server)
      await ready(client, connectTimeoutMs)
      const had = await raiseAppendFsync(client, appendfsync)
      if (had !== appendfsync) logger.warn({ folder, had, appendfsync }, 'appendfsync differs; the stronger holds')
      const before = this.#server
      this.#server = server
      this.#attachedAt = performance.now()
      if (before !== null && before.runId !== server.runId) this.#tell(server)
    })
  }

  #clientOf({ socketPath }: RunningServer): Redis {
    if (this.#client?.options.path === socketPath) return this.#client
    this.#client?.disconnect()
    const { logger } = this.#settings
    // Whoever uses the server has connections of its own, which tell that it is away.
    const outages = new OutageLog({}, () => ({ info: () => undefined, warn: () => undefined }))
    const client = connect({ socketPath, db: 0 }, { name: userConnectionName(), role: 'commands', logger, outages })
    client.on('close', () => {
      if (client === this.#client) this.#recover()
    })
    this.#client = client
    return client
  }

  #recover(): void {
    if (this.#recovery !== null || this.#server === null || this.#ending.signal.aborted) return
    this.#pace.ended(performance.now() - this.#attachedAt)
    this.#recovery = this.#restart().finally(() => {
      this.#recovery = null
      // It may have closed again before we were done.
      if (this.#client?.status !== 'ready') this.#recover()
    })
  }

  async #restart(): Promise<void> {
    const { folder, logger } = this.#settings
    const { signal } = this.#ending
    let told: string | undefined
    while (!signal.aborted) {
      try {
        await sleep(this.#pace.pauseMs, undefined, { signal })
        await this.#attach()
        return
      } catch (error) {
        if (signal.aborted) return
        this.#pace.restartFailed()
        // One line for one fault, however often it is met.
        const fault = error instanceof RedisSetupError ? error.code : errorText(error)
        if (fault === told) continue
        told = fault
        logger.error({ folder, reason: errorText(error) }, 'embedded Redis could not be restarted; trying again')
      }
    }
  }

  #tell({ pid }: RunningServer): void {
    const { logger } = this.#settings
    for (const listener of this.#listeners) {
      try {
        listener({ pid })
      } catch (error) {
        logger.error({ reason: errorText(error) }, 'a listener of onRestart failed')
      }
    }
  }

  #running(): RunningServer {
    if (this.#server === null) throw new Error('the embedded Redis has not been started')
    return this.#server
  }
}
