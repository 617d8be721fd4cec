/** The longest that a task may be expected to run if it is to share a slot, in milliseconds: what waits behind it waits so long. */
export const briefMs = 10

/** How much of a new figure goes into the average: a name counts as short again after about ten short runs. */
const share = 0.2

/** How long tasks of each name take, so that short ones can travel together. */
export class RunTimes {
  readonly #averages = new Map<string, number>()

  /** @param milliseconds how long a run took in its thread */
  note(name: string, milliseconds: number): void {
    const known = this.#averages.get(name)
    this.#averages.set(name, known === undefined ? milliseconds : known + (milliseconds - known) * share)
  }

  /** How long a task of this name is expected to run, in milliseconds; null: for long, or nobody knows. */
  expected(name: string): number | null {
    const average = this.#averages.get(name)
    return average === undefined || average > briefMs ? null : average
  }
}
