import type { RevocationStore } from '../broker/broker.ts'
import type { BrokerHealth } from './broker-health.ts'

/** The wait after the broker failed, in milliseconds. */
const failureWaitMs = 100

/** How much further back is read than the newest revocation that is known, in milliseconds. */
const overlapMs = 60_000

/** What it works with. */
export interface RevocationsOptions {
  readonly store: Pick<RevocationStore, 'since'>
  readonly health: Pick<BrokerHealth, 'failed'>
  /** Most ids that are remembered; the oldest go first. */
  readonly max: number
  /** Told of each task whose thread is to be ended. */
  readonly onTerminate: (taskId: string) => void
}

/**
 * The revoked tasks, as this process knows them.
 *
 * Every claim and every look at the schedule tells how often anything was revoked. When that figure is another than the last
 * one, what is new is read before any task is started: so a task that was revoked before it was claimed never runs.
 */
export class Revocations {
  readonly #options: RevocationsOptions
  readonly #ids = new Set<string>()
  #seen = 0
  #newest = 0
  #stopped = false
  #reading: Promise<void> | null = null

  constructor(options: RevocationsOptions) {
    this.#options = options
  }

  has(taskId: string): boolean {
    return this.#ids.has(taskId)
  }

  /** All that are known, the newest last. */
  get ids(): readonly string[] {
    return [...this.#ids]
  }

  /**
   * Resolves when everything is known that was revoked up to that count, however long the broker is away; or at the stop. null:
   * it is known.
   */
  upTo(count: number): Promise<void> | null {
    return count === this.#seen || this.#stopped ? null : this.#readUpTo(count)
  }

  async #readUpTo(count: number): Promise<void> {
    while (count !== this.#seen && !this.#stopped) {
      this.#reading ??= this.#read(count).finally(() => (this.#reading = null))
      try {
        await this.#reading
      } catch (error) {
        this.#options.health.failed('reading revocations', error)
        await new Promise((resolve) => setTimeout(resolve, failureWaitMs))
      }
    }
  }

  /** Nothing will be started any more: nobody need know. */
  stop(): void {
    this.#stopped = true
  }

  async #read(count: number): Promise<void> {
    const { store, max, onTerminate } = this.#options
    // Further back than the newest one known: several can have one time, and the broker's clock may be set back.
    const { revoked, terminated, newest } = await store.since(Math.max(this.#newest - overlapMs, 0))
    for (const id of revoked) this.#ids.add(id)
    for (const id of this.#ids) {
      if (this.#ids.size <= max) break
      this.#ids.delete(id)
    }
    this.#newest = newest
    this.#seen = count
    for (const id of terminated) onTerminate(id)
  }
}
