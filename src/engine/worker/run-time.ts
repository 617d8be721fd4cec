/** The longest that a task may be expected to run if it is to share a slot, in milliseconds: what waits behind it waits so long. */
export const briefMs = 10

/** How much of a new figure goes into the average: a name counts as short again after about ten short runs. */
const share = 0.2

/** How long tasks of one name take, so that short ones can travel together. */
export class RunTime {
  /** Below 0: none has run. */
  #average = -1

  /** @param milliseconds how long a run took in its thread */
  note(milliseconds: number): void {
    this.#average = this.#average < 0 ? milliseconds : this.#average + (milliseconds - this.#average) * share
  }

  /** How long the next one is expected to run, in milliseconds; null: for long, or nobody knows. */
  get expectedMs(): number | null {
    return this.#average < 0 || this.#average > briefMs ? null : this.#average
  }
}
