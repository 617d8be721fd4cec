/**
 * What has to be closed, in the order in which it was opened. Whatever goes wrong on the way up, everything that was
 * opened is closed, the last first, and one that fails to close does not keep the others open. What comes too late, from
 * a start that was given up, is closed at once.
 */
export class ClosingStack {
  readonly #closers: (() => Promise<unknown>)[] = []
  #closed = false

  /**
   * Notes how to close something, and gives it back.
   *
   * @throws Error after `close`, so that a start that was given up goes no further
   */
  add<T>(opened: T, close: (opened: T) => Promise<unknown>): T {
    if (this.#closed) {
      close(opened).catch(() => undefined)
      throw new Error('everything has been closed already')
    }
    this.#closers.push(() => close(opened))
    return opened
  }

  /** @throws AggregateError with what failed to close, after all have been tried */
  async close(): Promise<void> {
    this.#closed = true
    const errors: unknown[] = []
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      try {
        await closer()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, `closing failed: ${errors.map(String).join('; ')}`)
  }
}
