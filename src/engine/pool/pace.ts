/** Something that is done again and again, and says each time when it wants to be done next. Keeps no process. */
export class Pace {
  readonly #step: () => number | null
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  /** @param step gives the milliseconds to the next one; null: no more, until it is started again */
  constructor(step: () => number | null) {
    this.#step = step
  }

  /** Does it after so many milliseconds, unless it is about to be done anyway. */
  start(milliseconds: number): void {
    if (this.#timer === null && !this.#stopped) this.#wait(milliseconds)
  }

  /** Does it now, and goes on from here. */
  now(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#stopped) return
    const next = this.#step()
    if (next !== null) this.start(next)
  }

  /** For good. */
  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => this.now(), milliseconds).unref()
  }
}
