/**
 * What has to be closed, in the order in which it was opened. Whatever goes wrong on the way up, everything that was
 * opened is closed, the last first, and one that fails to close does not keep the others open.
 */
export class ClosingStack {
  readonly #closers: (() => Promise<unknown>)[] = []

  /** Notes how to close something, and gives it back. */
  add<T>(opened: T, close: (opened: T) => Promise<unknown>): T {
    this.#closers.push(() => close(opened))
    return opened
  }

  /** @throws AggregateError with what failed to close, after all have been tried */
  async close(): Promise<void> {
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
