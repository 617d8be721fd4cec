import { setTimeout as sleep } from 'node:timers/promises'
import type { AppendFsync } from './append-fsync.ts'
import { RedisSetupError } from './errors.ts'
import type { Logger } from './logger.ts'
import { findServerBinary } from './server-binary.ts'
import { prepareSocketFolder, socketPathOf } from './server-folder.ts'
import { launchServer, type LaunchedServer } from './server-launch.ts'
import { adviceFor, lastLogLines, logFile, logSize, rotateLog } from './server-log.ts'
import { probeServer, type Probe, type Ready } from './server-probe.ts'
import { readRecord, serverState, tellToEnd, type ServerRecord } from './server-record.ts'

export interface ServerSettings {
  /** Real path. */
  readonly folder: string
  readonly appendfsync: AppendFsync
  /** Program to start in place of the one found in PATH. */
  readonly serverCommand?: string
  /** How long a server may take to answer and to load its data, in milliseconds. */
  readonly loadTimeoutMs: number
  readonly logger: Logger
}

export interface RunningServer extends Ready {
  readonly socketPath: string
}

/** How long a server that lives but can't be reached may go on before it is ended, in milliseconds. */
const unreachableMs = 5000

/**
 * Sees to it that the server of a folder runs, and that there is only one. Only the holder of the folder's lock may.
 *
 * 1. Look at the socket. A server that answers is the one, whoever started it.
 * 2. One that still loads its data is waited for, and so is one that accepts but is silent: it is alive.
 * 3. If nobody listens but the server of the record lives, it is just starting or ending, and is waited for. After 5 s its
 *    socket must have been removed from under it: it is told to end.
 * 4. If none lives, one is started, and watched: if it ends, the last lines of its log say why.
 *
 * @throws RedisSetupError SERVER_ENDED, SERVER_STUCK, NO_SERVER, BAD_FOLDER; AbortError if the signal says so
 */
export async function ensureServer(settings: ServerSettings, signal: AbortSignal): Promise<RunningServer> {
  const { folder, loadTimeoutMs, logger } = settings
  const began = performance.now()
  const record = await readRecord(folder)
  const socketPath = socketPathOf(folder, record?.socketPath ?? null)
  const progress = new LoadingProgress(folder, logger)
  const orphan = record === null ? null : new Orphan(folder, record, logger)
  let launched: { server: LaunchedServer; logFrom: number } | null = null
  for (;;) {
    signal.throwIfAborted()
    const elapsedMs = performance.now() - began
    const probe = await probeServer(socketPath, Math.max(100, Math.min(2000, loadTimeoutMs - elapsedMs)))
    if (probe.state === 'ready') {
      if (launched !== null) logStart(settings, probe, elapsedMs)
      return { ...probe, socketPath }
    }
    if (probe.state === 'loading') progress.log(probe.percent)
    const ended = launched?.server.ended() ?? null
    if (launched !== null && ended !== null) throw await endedError(folder, ended, launched.logFrom)
    if (elapsedMs > loadTimeoutMs) {
      throw stuckError(folder, progress.since(probe), launched?.server.pid ?? record?.server.pid, loadTimeoutMs)
    }
    if (probe.state === 'dead' && launched === null && (orphan === null || orphan.isGone(elapsedMs))) {
      launched = await launch(settings, socketPath)
    }
    await sleep(launched === null ? 50 : 10, undefined, { signal })
  }
}

async function launch(
  settings: ServerSettings,
  socketPath: string,
): Promise<{ server: LaunchedServer; logFrom: number }> {
  const { folder, appendfsync, serverCommand } = settings
  const binary = await findServerBinary(serverCommand)
  await prepareSocketFolder(folder, socketPath)
  await rotateLog(folder)
  const logFrom = await logSize(folder)
  return { server: await launchServer(binary, { folder, socketPath, appendfsync }), logFrom }
}

/** The server of the record while nobody listens at its socket. */
class Orphan {
  readonly #folder: string
  readonly #record: ServerRecord
  readonly #logger: Logger
  #told = false

  constructor(folder: string, record: ServerRecord, logger: Logger) {
    this.#folder = folder
    this.#record = record
    this.#logger = logger
  }

  isGone(elapsedMs: number): boolean {
    const state = serverState(this.#folder, this.#record)
    // Of `unknown` only the number is known; that may be any process.
    if (state === 'running' && elapsedMs > unreachableMs && !this.#told) {
      const fields = { pid: this.#record.server.pid, folder: this.#folder }
      this.#logger.warn(fields, 'embedded Redis runs, but its socket is gone; it is told to end')
      tellToEnd(this.#record)
      this.#told = true
    }
    return state === 'ended'
  }
}

/** How far the server has loaded its data; logged at most every 2 s. */
class LoadingProgress {
  readonly #folder: string
  readonly #logger: Logger
  #next = 0
  #percent: number | null = null

  constructor(folder: string, logger: Logger) {
    this.#folder = folder
    this.#logger = logger
  }

  /** What a probe means after what was seen before: a server that loads may be silent for a while. */
  since(probe: Probe): Probe {
    return probe.state === 'silent' && this.#percent !== null ? { state: 'loading', percent: this.#percent } : probe
  }

  log(percent: number): void {
    this.#percent = percent
    if (performance.now() < this.#next) return
    this.#next = performance.now() + 2000
    this.#logger.info({ folder: this.#folder, percent }, 'embedded Redis loads its data')
  }
}

function logStart({ folder, appendfsync, logger }: ServerSettings, { pid, version }: Ready, tookMs: number): void {
  logger.info({ pid, version, folder, appendfsync, tookMs: Math.round(tookMs) }, 'embedded Redis started')
}

async function endedError(folder: string, how: string, logFrom: number): Promise<RedisSetupError> {
  const lines = await lastLogLines(folder, logFrom)
  const log = lines.length === 0 ? 'It logged nothing.' : `Its last lines in ${logFile(folder)}:\n${lines.join('\n')}`
  const advice = adviceFor(lines, folder)
  return new RedisSetupError(
    'SERVER_ENDED',
    `the embedded Redis ended ${how} while it started. ${log}${advice === '' ? '' : `\n${advice}`}`,
  )
}

function stuckError(folder: string, probe: Probe, server: number | undefined, timeoutMs: number): RedisSetupError {
  const what = {
    ready: '',
    loading: `still loads its data (${probe.state === 'loading' ? probe.percent : 0} %); it goes on, so try again later`,
    silent: `accepts, but does not answer: ${probe.state === 'silent' ? probe.reason : ''}`,
    dead: 'runs, but nobody listens at its socket; end it if it hangs, and if it is not a Redis, remove redis.pid there',
  }[probe.state]
  const pid = server === undefined ? '' : ` (process ${server})`
  return new RedisSetupError('SERVER_STUCK', `the embedded Redis in ${folder}${pid} ${what}; waited ${timeoutMs} ms`)
}
