/** So many may do something at one time; the others wait, in their order. */
export class Permits {
  readonly #waiting = new Set<() => void>()
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  /** Waits for a permit. `false`: the signal was aborted first, and there is none to release. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false
    if (this.#free > 0) {
      this.#free -= 1
      return true
    }
    return new Promise((resolve) => {
      const got = (): void => resolve(true)
      this.#waiting.add(got)
      signal.addEventListener('abort', () => {
        if (this.#waiting.delete(got)) resolve(false)
      })
    })
  }

  release(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
