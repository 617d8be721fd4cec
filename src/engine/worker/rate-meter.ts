/** Over how many whole seconds is measured. */
const windowSeconds = 10

/** How many messages a second were worked off in the last ten seconds. */
export class RateMeter {
  readonly #counts = new Map<number, number>()
  readonly #now: () => number
  readonly #started: number

  /** @param now milliseconds of any clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#started = now()
  }

  count(): void {
    const second = Math.floor(this.#now() / 1000)
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + 1)
    if (this.#counts.size > windowSeconds + 1) this.#forget(second)
  }

  /** Per second; 0 where there were none. */
  get perSecond(): number {
    const now = this.#now()
    this.#forget(Math.floor(now / 1000))
    const total = [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
    return total / Math.min(Math.max((now - this.#started) / 1000, 1), windowSeconds)
  }

  #forget(second: number): void {
    for (const known of this.#counts.keys()) if (known <= second - windowSeconds) this.#counts.delete(known)
  }
}
