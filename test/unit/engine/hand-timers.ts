/** Takes the place of `setTimeout` and `clearTimeout`: time goes by when the test says so. */
export class HandTimers {
  readonly #timers = new Map<object, { readonly due: number; readonly action: () => void }>()
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  #now = 0

  install(): void {
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
