import { describeError } from '../error-answers.ts'
import type { Logger } from '../logger.ts'
import type { AuditTable } from './audit-table.ts'

const DAY_MS = 86_400_000

/** How often old entries are looked for, in milliseconds. */
const LOOK_EVERY_MS = 3_600_000

/** Most entries that one statement removes: others who write to a SQLite file wait meanwhile. */
const REMOVED_AT_ONCE = 1_000

/** `audit` of the settings. */
export interface AuditSettings {
  readonly days: number
  readonly maxRows: number
}

/**
 * Keeps entries as long as the settings say, and no longer.
 *
 * 1. start: removes what is too old or too much, and goes on to do so every hour.
 * 2. noteAdded: does so earlier where many were added, so that a flood never makes the table greater by more than a twentieth.
 * 3. stop: no more looks; resolves when one that is under way has ended, which it does after its present statement.
 */
export class Retention {
  readonly #table: Pick<AuditTable, 'removeOld'>
  readonly #settings: AuditSettings
  readonly #logger: Logger
  #looking: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined
  #added = 0
  #stopped = false

  constructor(table: Pick<AuditTable, 'removeOld'>, settings: AuditSettings, logger: Logger) {
    this.#table = table
    this.#settings = settings
    this.#logger = logger
  }

  start(): void {
    this.#look()
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
    // It must not keep the process.
    this.#timer.unref()
  }

  /** So many entries were added to the table. */
  noteAdded(count: number): void {
    this.#added += count
    if (this.#added >= this.#settings.maxRows / 20) this.#look()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#looking
  }

  #look(): void {
    if (this.#stopped || this.#looking !== null) return
    this.#added = 0
    this.#looking = this.#removeAll().finally(() => (this.#looking = null))
  }

  async #removeAll(): Promise<void> {
    const { days, maxRows } = this.#settings
    const before = new Date(Date.now() - days * DAY_MS)
    try {
      while (!this.#stopped) {
        const removed = await this.#table.removeOld({ before, maxRows, limit: REMOVED_AT_ONCE })
        if (removed < REMOVED_AT_ONCE) return
      }
    } catch (error) {
      this.#logger.warn(describeError(error), 'old entries of the audit could not be removed; it is tried again')
    }
  }
}
