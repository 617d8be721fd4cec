/** So many events make a batch. */
const mostEvents = 100

/** Room for them, in bytes: about three times what a hundred usual ones take. */
const capacity = 65_536

/** The most bytes that a character of a text takes. */
const mostPerCharacter = 3

/** `[`, `,` and `]`. */
const [opening, comma, closing] = [0x5b, 0x2c, 0x5d]

/**
 * Events that go together, as the bytes of a JSON list. Each is written to its place at once: texts that are kept for some
 * milliseconds, hundreds of thousands a second, would cost the collector of garbage more than all the rest does.
 */
export class EventBatch {
  #bytes = Buffer.allocUnsafe(capacity)
  #used = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count >= mostEvents
  }

  /**
   * @param json one event
   * @returns false: there is no room for it beside the others
   */
  add(json: string): boolean {
    const most = json.length * mostPerCharacter + 2
    if (this.#used + most > this.#bytes.length) {
      if (this.#count > 0) return false
      this.#bytes = Buffer.allocUnsafe(most)
    }
    this.#bytes[this.#used] = this.#count === 0 ? opening : comma
    this.#used += 1 + this.#bytes.write(json, this.#used + 1)
    this.#count += 1
    return true
  }

  /**
   * Takes all of them out.
   *
   * @param asList false: where there is only one, it comes by itself
   * @returns JSON in base64
   */
  take({ asList }: { readonly asList: boolean }): string {
    const isList = asList || this.#count > 1
    if (isList) this.#bytes[this.#used] = closing
    const body = this.#bytes.toString('base64', isList ? 0 : 1, this.#used + (isList ? 1 : 0))
    if (this.#bytes.length > capacity) this.#bytes = Buffer.allocUnsafe(capacity)
    this.#used = 0
    this.#count = 0
    return body
  }
}
