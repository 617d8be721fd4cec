import type { Logger } from '../logger.ts'

/** Time as a drop log needs it: injected by its test. */
export interface DropLogClock {
  /** Calls `done` once, after so many milliseconds; does not keep the process alive. Returns what calls it off. */
  after(milliseconds: number, done: () => void): () => void
}

/** What a drop log is made of. */
export interface DropLogOptions {
  readonly logger: Pick<Logger, 'warn'>
  /** Least time between two lines, in milliseconds; default a minute. */
  readonly intervalMs?: number
  readonly clock?: DropLogClock
  /** What a line says, and the field that has the counts by kind. */
  readonly line?: { readonly field: string; readonly message: string }
}

const droppedLine = { field: 'dropped', message: 'dropped to stay within a bound, the oldest first' }

const systemClock: DropLogClock = {
  after(milliseconds, done) {
    const timer = setTimeout(done, milliseconds).unref()
    return () => clearTimeout(timer)
  },
}

/**
 * Counts what is dropped for a bound, and says so without filling the log.
 *
 * 1. The first drop is logged at once.
 * 2. Those of the minute after a line are gathered in one line, and so on.
 * 3. After a minute without any, the next is logged at once again.
 * 4. close: what has been gathered is logged.
 */
export class DropLog {
  readonly #logger: Pick<Logger, 'warn'>
  readonly #intervalMs: number
  readonly #clock: DropLogClock
  readonly #line: { readonly field: string; readonly message: string }
  readonly #totals = new Map<string, number>()
  readonly #gathered = new Map<string, number>()
  #callOff: (() => void) | null = null
  #closed = false

  constructor({ logger, intervalMs = 60_000, clock = systemClock, line = droppedLine }: DropLogOptions) {
    this.#logger = logger
    this.#intervalMs = intervalMs
    this.#clock = clock
    this.#line = line
  }

  /** How many of each kind have been dropped since the start. */
  get totals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#totals)
  }

  /** @param kind what was dropped, for example `dead` */
  add(kind: string, count: number): void {
    if (!(count > 0)) return
    for (const counts of [this.#totals, this.#gathered]) counts.set(kind, (counts.get(kind) ?? 0) + count)
    if (this.#callOff === null) this.#log()
  }

  /** Logs what has been gathered. Drops after that are logged at once. */
  close(): void {
    this.#closed = true
    this.#callOff?.()
    this.#callOff = null
    this.#log()
  }

  #log(): void {
    if (this.#gathered.size === 0) return
    const { field, message } = this.#line
    this.#logger.warn({ [field]: Object.fromEntries(this.#gathered) }, message)
    this.#gathered.clear()
    if (this.#closed) return
    this.#callOff = this.#clock.after(this.#intervalMs, () => {
      this.#callOff = null
      this.#log()
    })
  }
}
