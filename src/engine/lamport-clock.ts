/** The largest value that is taken over from others: a wrong one must not use up what a number can hold. */
const largest = Number.MAX_SAFE_INTEGER / 2

/** Orders what happens on several nodes, as Celery does it (kombu.clocks): a number that grows with everything sent. */
export class LamportClock {
  #value = 0

  /** As it stands: that of the last thing that was sent, or has come in. */
  get value(): number {
    return this.#value
  }

  /** For something that is sent now. */
  forward(): number {
    this.#value += 1
    return this.#value
  }

  /** Something with this clock has come in: what is sent from now on is later. */
  adjust(other: number): void {
    if (other <= largest) this.#value = Math.max(this.#value, other) + 1
  }
}
