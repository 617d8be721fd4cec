import { breakerStates, type BreakerState, type HealthRow } from './health-board.ts'

/** The longest time for which a gateway is passed over, in milliseconds. */
const longestOpenMs = 300_000

/** A probe that has not ended by then never will: its thread has died, in milliseconds. */
const lostProbeMs = 60_000

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  readonly failures: number
  readonly openMs: number
}

/** Milliseconds that only go forward, the same in all threads of the process. */
export type MonotonicClock = () => number

/** Of the machine: `performance.now()` begins anew in each thread. */
export const monotonicNow: MonotonicClock = () => Number(process.hrtime.bigint() / 1_000_000n)

/**
 * Keeps messages from a gateway that fails. Its state is in the row, so all threads of the process have one breaker.
 *
 *     closed ──failures in a row──▶ open ──its time is over: one message──▶ probing ──it went well──▶ closed
 *                                    ▲                                         │
 *                                    └───────── it failed: twice as long ──────┘
 */
export class Breaker {
  readonly #row: HealthRow
  readonly #options: BreakerOptions
  readonly #now: MonotonicClock

  constructor(row: HealthRow, options: BreakerOptions, now: MonotonicClock) {
    this.#row = row
    this.#options = options
    this.#now = now
  }

  /** Whether a message may go there. Whoever was let in says what came of it. */
  enter(): boolean {
    const row = this.#row
    const now = this.#now()
    switch (row.breaker) {
      case 'closed':
        return true
      case 'open':
        if (now < row.read('openUntil')) return false
        row.write('probeSince', now)
        return this.#move('open', 'probing')
      case 'probing': {
        const since = row.read('probeSince')
        return now - since >= lostProbeMs && row.swap('probeSince', since, now)
      }
    }
  }

  /** In how many milliseconds the next probe may go. */
  get opensInMs(): number {
    return Math.max(this.#row.read('openUntil') - this.#now(), 0)
  }

  /** The gateway works. */
  succeeded(): void {
    this.#row.write('failuresInRow', 0)
    this.#row.write('openings', 0)
    this.#row.write('breaker', breakerStates.indexOf('closed'))
  }

  /** The gateway does not work. */
  failed(): void {
    const state = this.#row.breaker
    if (state === 'open') return
    if (state === 'closed' && this.#row.count('failuresInRow') < this.#options.failures) return
    const openMs = Math.min(this.#options.openMs * 2 ** this.#row.read('openings'), longestOpenMs)
    this.#row.write('openUntil', this.#now() + openMs)
    if (this.#move(state, 'open')) this.#row.count('openings')
  }

  /** Nobody knows more than before: the next message may go. */
  undecided(): void {
    this.#move('probing', 'open')
  }

  #move(from: BreakerState, to: BreakerState): boolean {
    return this.#row.swap('breaker', breakerStates.indexOf(from), breakerStates.indexOf(to))
  }
}
