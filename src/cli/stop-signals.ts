import { CommandError } from './command-error.ts'

/** SIGQUIT counts as two of the others at once: Celery's cold shutdown. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/**
 * The two stop signals, as Celery has them: SIGTERM or SIGINT asks to finish what runs, a second one not to wait for it.
 *
 * 1. listen: from now on signals do not end the process.
 * 2. duringStart: the first one gives the start up, which may be waiting for a Redis that is not there.
 * 3. stop: resolves at the first one, or when `request` or `ask` is called.
 * 4. hurry: resolves at the second one.
 */
export class StopSignals {
  readonly stop: Promise<string>
  readonly hurry: Promise<string>
  #received = 0
  #resolvers: ((signal: string) => void)[] = []
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.request(signal)
    if (signal === 'SIGQUIT') this.request(signal)
  }

  constructor() {
    this.stop = new Promise((resolve) => this.#resolvers.push(resolve))
    this.hurry = new Promise((resolve) => this.#resolvers.push(resolve))
  }

  listen(): void {
    for (const signal of stopSignals) process.on(signal, this.#onSignal)
  }

  /**
   * Waits for a start, but no longer than until the first signal. What the start has under way must then end by itself; a
   * second signal ends the process without waiting for that.
   *
   * @throws CommandError when a signal came first
   */
  async duringStart<T>(start: Promise<T>): Promise<T> {
    const stopped = this.stop.then((signal) => ({ signal }))
    const first = await Promise.race([start.then((started) => ({ started })), stopped])
    if ('started' in first) return first.started
    for (const signal of stopSignals) process.off(signal, this.#onSignal)
    throw new CommandError(`${first.signal} came before the start was done`)
  }

  /** Resolves when running tasks have had their time, in milliseconds, or somebody does not want to wait for them. */
  deadline(graceMs: number): Promise<unknown> {
    return Promise.race([this.hurry, new Promise((resolve) => setTimeout(resolve, graceMs).unref())])
  }

  /** As if the first signal had come; nothing where one has: whoever says it twice is not in a hurry for that. */
  ask(reason: string): void {
    if (this.#received === 0) this.request(reason)
  }

  /** As if a signal had come. */
  request(reason: string): void {
    this.#resolvers[this.#received]?.(reason)
    this.#received += 1
  }
}
