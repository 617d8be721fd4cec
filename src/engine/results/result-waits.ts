import type { Redis } from 'ioredis'

/** How often is looked without an announcement, in milliseconds: one that came while the connection was away is lost. */
const pollMs = 1_000

/**
 * Waits for announcements of results.
 *
 * 1. The first wait opens one connection for subscriptions, which all share.
 * 2. until: subscribes to the channel, then looks: what came before is not missed. Then it looks again at each announcement,
 *    and now and then without one.
 * 3. The last wait on a channel ends the subscription.
 */
export class ResultWaits {
  readonly #open: () => Promise<Redis>
  readonly #listeners = new Map<string, Set<() => void>>()
  #subscriber: Promise<Redis> | null = null

  constructor(open: () => Promise<Redis>) {
    this.#open = open
  }

  /**
   * @param look gives what is waited for, or null
   * @param timeoutMs null: no limit
   * @returns null when the time was over first
   */
  async until<T>(channel: string, timeoutMs: number | null, look: () => Promise<T | null>): Promise<T | null> {
    const deadline = timeoutMs === null ? Infinity : performance.now() + timeoutMs
    let announced = (): void => {}
    const listener = (): void => announced()
    await this.#listen(channel, listener)
    try {
      for (;;) {
        const next = new Promise<void>((resolve) => (announced = resolve))
        const found = await look()
        if (found !== null) return found
        const left = deadline - performance.now()
        if (left <= 0) return null
        await within(next, Math.min(left, pollMs))
      }
    } finally {
      await this.#unlisten(channel, listener)
    }
  }

  async #listen(channel: string, listener: () => void): Promise<void> {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(listener))
    if (listeners.size > 1) return
    try {
      await (await this.#connected()).subscribe(channel)
    } catch {
      // Without it the wait looks for itself, now and then.
    }
  }

  async #unlisten(channel: string, listener: () => void): Promise<void> {
    const listeners = this.#listeners.get(channel)
    listeners?.delete(listener)
    if (listeners === undefined || listeners.size > 0) return
    this.#listeners.delete(channel)
    try {
      await (await this.#connected()).unsubscribe(channel)
    } catch {
      // A connection that is gone has no subscriptions.
    }
  }

  #connected(): Promise<Redis> {
    if (this.#subscriber === null) {
      this.#subscriber = this.#open().then((redis) =>
        redis.on('message', (channel: string) => this.#listeners.get(channel)?.forEach((listener) => listener())),
      )
      this.#subscriber.catch(() => (this.#subscriber = null))
    }
    return this.#subscriber
  }
}

async function within(event: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([event, new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))])
  clearTimeout(timer)
}
