/** A server that ran for as long as this did not end because of how it was started, in milliseconds. */
const stableMs = 30_000
/** Pause before a restart after two ends in a row, in milliseconds; doubled for each further one. */
const shortestPauseMs = 250
const longestPauseMs = 2_000

/** How long to pause before a server is restarted: not at all for the first time, longer while it keeps failing, 2 s at most. */
export class RestartPace {
  /** Ends and failed restarts in a row. */
  #failures = 0

  /** In milliseconds. */
  get pauseMs(): number {
    if (this.#failures <= 1) return 0
    return Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(this.#failures - 2, 10))
  }

  /** The server ended, or its connection closed, after it had been there for `ranMs`. */
  ended(ranMs: number): void {
    this.#failures = ranMs > stableMs ? 1 : this.#failures + 1
  }

  restartFailed(): void {
    this.#failures += 1
  }
}
