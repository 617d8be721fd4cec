import { describeError } from '../error-answers.ts'
import type { Logger } from '../logger.ts'
import { isOutage } from '../outages.ts'
import type { AuditTable } from './audit-table.ts'
import { logEntry, type AuditEntry } from './entry.ts'
import { Repeats } from './repeats.ts'
import { Retention, type AuditSettings } from './retention.ts'

/** Times in milliseconds. */
export interface TrailLimits {
  /** How often what waits is written. */
  writeEveryMs: number
  /** How long refusals that are alike become one entry. */
  repeatMs: number
  /** Most different refusals of which the repeats are counted. */
  mostRepeats: number
  /** Most entries that wait to be written. */
  mostWaiting: number
  /** How long the end waits for the database. */
  closeMs: number
}

const LIMITS: TrailLimits = {
  writeEveryMs: 1_000,
  repeatMs: 60_000,
  mostRepeats: 10_000,
  mostWaiting: 10_000,
  closeMs: 5_000,
}

/** Most entries of one statement: bounds how long requests wait while it is put together. */
const BATCH = 100

/** How often at most the log tells of entries that are dropped, in milliseconds. */
const TELL_EVERY_MS = 60_000

/**
 * Keeps the audit: in the log at once, in the table soon. No request waits for it, and none fails by it.
 *
 * 1. start: removes what is too old, and from now on writes what waits every second, many in one statement.
 * 2. record, refuse: tells the log, and has the entry wait. Of refusals that are alike a few entries are made (`Repeats`).
 * 3. While the database is away entries wait; when too many do, the newest are dropped and counted. An entry that the database does not
 *    take is dropped alone. The log tells when it begins, how many were dropped, and when the table is written again.
 * 4. close: what waits is written, and nothing after that.
 */
export class AuditTrail {
  readonly #table: Pick<AuditTable, 'add' | 'removeOld'>
  readonly #logger: Logger
  readonly #limits: TrailLimits
  readonly #repeats: Repeats
  readonly #retention: Retention
  readonly #waiting: AuditEntry[] = []
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #timer: NodeJS.Timeout | undefined
  #away = false
  #dropped = 0
  #droppedToldAt = -Infinity
  #closing: Promise<void> | undefined

  /** @param options.settings how long entries are kept */
  constructor(options: {
    table: Pick<AuditTable, 'add' | 'removeOld'>
    settings: AuditSettings
    logger: Logger
    limits?: Partial<TrailLimits>
  }) {
    const { table, settings, logger } = options
    this.#table = table
    this.#logger = logger
    this.#limits = { ...LIMITS, ...options.limits }
    this.#repeats = new Repeats(this.#limits.repeatMs, this.#limits.mostRepeats)
    this.#retention = new Retention(table, settings, logger)
  }

  start(): void {
    this.#retention.start()
    this.#timer = setInterval(() => {
      // One that waits for the database goes on to what came meanwhile.
      if (!this.#isWriting) void this.flush()
    }, this.#limits.writeEveryMs)
    this.#timer.unref()
  }

  /** Something that was done. */
  record(entry: AuditEntry): void {
    logEntry(this.#logger, entry)
    if (this.#closing === undefined) this.#keep(entry)
  }

  /** Something that was refused. */
  refuse(entry: AuditEntry): void {
    logEntry(this.#logger, entry)
    if (this.#closing === undefined && this.#repeats.isFirst(entry, performance.now())) this.#keep(entry)
  }

  /** Writes what waits by now. Never rejects; resolves when it is written, or can not be for now. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll(performance.now()))
    return this.#writing
  }

  /** Writes what waits, if the database takes it within `closeMs`; the log tells of the rest. From now on entries go to the log alone. */
  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.#limits.closeMs)))
    const written = this.#writing.then(() => this.#writeAll(Infinity))
    await Promise.race([Promise.all([written, this.#retention.stop()]), late])
    clearTimeout(timer)
    this.#dropped += this.#waiting.splice(0).length
    this.#tellDropped(true)
  }

  #keep(entry: AuditEntry): void {
    if (this.#waiting.length < this.#limits.mostWaiting) {
      this.#waiting.push(entry)
      return
    }
    this.#dropped += 1
    this.#tellDropped()
  }

  /** @param now up to when the windows of refusals have ended */
  async #writeAll(now: number): Promise<void> {
    this.#isWriting = true
    for (const entry of this.#repeats.ended(now)) this.#keep(entry)
    try {
      while (this.#waiting.length > 0) await this.#write(this.#waiting.slice(0, BATCH))
      if (this.#away) this.#logger.info({ dropped: this.#dropped }, 'the audit is written again')
      this.#away = false
      this.#tellDropped()
    } catch (error) {
      this.#tellAway(error)
    } finally {
      this.#isWriting = false
    }
  }

  /** @throws what says that the database is away; what was not written waits on */
  async #write(batch: readonly AuditEntry[]): Promise<void> {
    try {
      await this.#table.add(batch)
      this.#settle(batch.length)
    } catch (error) {
      if (isOutage(error)) throw error
      await this.#writeEach(batch)
    }
  }

  /** One that the database does not take would hold up all others for ever. @throws as `#write` does */
  async #writeEach(batch: readonly AuditEntry[]): Promise<void> {
    const refusals: unknown[] = []
    try {
      for (const entry of batch) {
        try {
          await this.#table.add([entry])
          this.#settle(1)
        } catch (error) {
          if (isOutage(error)) throw error
          refusals.push(error)
          this.#waiting.shift()
        }
      }
    } finally {
      const fields = { dropped: refusals.length, ...describeError(refusals[0]) }
      if (refusals.length > 0) this.#logger.warn(fields, 'the database did not take entries of the audit')
    }
  }

  #settle(count: number): void {
    this.#waiting.splice(0, count)
    this.#retention.noteAdded(count)
  }

  #tellAway(error: unknown): void {
    if (this.#away) return
    this.#away = true
    const { reason } = describeError(error)
    this.#logger.warn({ waiting: this.#waiting.length, reason }, 'the audit can not be written; its entries wait')
  }

  /** Not for each of them: where there are any, there are many. */
  #tellDropped(atLast = false): void {
    const isSoon = performance.now() - this.#droppedToldAt < TELL_EVERY_MS
    if (this.#dropped === 0 || (isSoon && !atLast)) return
    this.#logger.warn({ dropped: this.#dropped }, 'entries of the audit were dropped; the log alone has them')
    this.#dropped = 0
    this.#droppedToldAt = performance.now()
  }
}
