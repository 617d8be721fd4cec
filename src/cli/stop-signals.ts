/**
 * The two stop signals, as Celery has them: SIGTERM or SIGINT asks to finish what runs, a second one not to wait for it.
 *
 * 1. listen: from now on signals do not end the process.
 * 2. stop: resolves at the first one, or when `request` is called.
 * 3. hurry: resolves at the second one.
 */
export class StopSignals {
  readonly stop: Promise<string>
  readonly hurry: Promise<string>
  #received = 0
  #resolvers: ((signal: string) => void)[] = []

  constructor() {
    this.stop = new Promise((resolve) => this.#resolvers.push(resolve))
    this.hurry = new Promise((resolve) => this.#resolvers.push(resolve))
  }

  listen(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.request(signal))
  }

  /** Resolves when running tasks have had their time, in milliseconds, or somebody does not want to wait for them. */
  deadline(graceMs: number): Promise<unknown> {
    return Promise.race([this.hurry, new Promise((resolve) => setTimeout(resolve, graceMs).unref())])
  }

  /** As if a signal had come. */
  request(reason: string): void {
    this.#resolvers[this.#received]?.(reason)
    this.#received += 1
  }
}
