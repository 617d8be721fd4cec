/** Takes the place of `setTimeout` and `clearTimeout`, and of the clock where wanted: time goes by when the test says so. */
export class HandTimers {
  readonly #timers = new Map<object, { readonly due: number; readonly action: () => void }>()
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  #now = 0

  /** @param options.clock also `performance.now()`, which says 1 s at first: 0 often stands for never */
  install({ clock = false } = {}): void {
    if (clock) performance.now = () => 1_000 + this.#now
    const fakes = {
      setTimeout: (action: () => void, milliseconds = 0): object => {
        const timer = { unref: () => timer, ref: () => timer }
        this.#timers.set(timer, { due: this.#now + milliseconds, action })
        return timer
      },
      clearTimeout: (timer?: object): void => void (timer !== undefined && this.#timers.delete(timer)),
    }
    Object.assign(globalThis, fakes)
  }

  uninstall(): void {
    Object.assign(globalThis, this.#real)
    // The real one is the prototype's.
    Reflect.deleteProperty(performance, 'now')
  }

  /** How long it is until each timer that is set, the next one foremost. */
  get waits(): number[] {
    return [...this.#timers.values()].map(({ due }) => due - this.#now).toSorted((a, b) => a - b)
  }

  /** Lets time go by: what comes due meanwhile is done. */
  pass(milliseconds: number): void {
    this.#now += milliseconds
    for (const [timer, { due, action }] of this.#timers) {
      if (due > this.#now) continue
      this.#timers.delete(timer)
      action()
    }
  }
}

/** Resolves when everything that is ready to go on has gone on. */
export function quiescence(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
