/**
 * The queues that are paused, as this process knows them: each look at the schedule tells. No tasks are taken from any before the first look
 * has told, so that a queue that was paused stays so when a process starts.
 */
export class PausedQueues {
  #names: ReadonlySet<string> = new Set()
  #tellKnown = (): void => {}
  /** Resolves when it is known for the first time. */
  readonly known = new Promise<void>((resolve) => (this.#tellKnown = resolve))

  has(queue: string): boolean {
    return this.#names.has(queue)
  }

  /** @returns whether any is paused no more */
  update(names: readonly string[]): boolean {
    const before = this.#names
    this.#names = new Set(names)
    this.#tellKnown()
    return [...before].some((name) => !this.#names.has(name))
  }
}
