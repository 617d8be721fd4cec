import { addressBlock, oneClient } from '../address-block.ts'
import type { AuditEntry } from './entry.ts'

/** Refusals that are alike, and how many of them came after the first one. */
interface Window {
  /** In milliseconds of `performance.now()`. */
  readonly endsAt: number
  /** The first of those that came after the first one. */
  readonly repeated: AuditEntry | null
  readonly times: number
  readonly lastAt: Date
}

/**
 * Makes few entries of many refusals that are alike, so that a flood of requests does not become a flood of rows.
 *
 * 1. The first refusal is an entry of its own, and opens a window.
 * 2. Those that are like it (event, reason, route, account, mobile and client; an IPv6 client is its /64) are counted in it.
 * 3. When the window ends, they become one entry: the first of them, with their number and the time of the last one.
 *
 * There are only so many windows at once; the oldest ends before its time where there is one more.
 */
export class Repeats {
  readonly #windowMs: number
  readonly #mostWindows: number
  readonly #windows = new Map<string, Window>()
  #ended: AuditEntry[] = []

  /** @param windowMs how long a window is open, in milliseconds */
  constructor(windowMs: number, mostWindows: number) {
    this.#windowMs = windowMs
    this.#mostWindows = mostWindows
  }

  /**
   * @param now in milliseconds of `performance.now()`
   * @returns whether it is an entry of its own; else it was counted
   */
  isFirst(refusal: AuditEntry, now: number): boolean {
    const key = keyOf(refusal)
    const open = this.#windows.get(key)
    if (open !== undefined && now < open.endsAt) {
      const { endsAt, repeated, times } = open
      this.#windows.set(key, { endsAt, repeated: repeated ?? refusal, times: times + 1, lastAt: refusal.at })
      return false
    }
    if (open !== undefined) this.#end(key, open)
    const oldest = this.#windows.size >= this.#mostWindows ? this.#windows.entries().next().value : undefined
    if (oldest !== undefined) this.#end(...oldest)
    this.#windows.set(key, { endsAt: now + this.#windowMs, repeated: null, times: 0, lastAt: refusal.at })
    return true
  }

  /** The entries of the windows that have ended by now. @param now `Infinity`: of all */
  ended(now: number): AuditEntry[] {
    for (const [key, window] of this.#windows) {
      // They stand in the order in which they were opened, and so in which they end.
      if (now < window.endsAt) break
      this.#end(key, window)
    }
    const entries = this.#ended
    this.#ended = []
    return entries
  }

  #end(key: string, { repeated, times, lastAt }: Window): void {
    this.#windows.delete(key)
    if (repeated === null) return
    this.#ended.push(times === 1 ? repeated : { ...repeated, times, lastAt })
  }
}

function keyOf({ event, reason, route, userId, mobile, address }: AuditEntry): string {
  return JSON.stringify([event, reason, route, userId, mobile, addressBlock(address, oneClient)])
}
