import type { Redis } from 'ioredis'

/** How often is looked without an announcement, in milliseconds: one that came while the connection was away is lost. */
const pollMs = 1_000

/** How long a look may take where no time is left, in milliseconds. */
const leastLookMs = 500

/** The longest delay that a timer takes. */
const maxTimerMs = 2_147_483_647

interface Channel {
  readonly listeners: Set<() => void>
  /** Resolves when announcements come, or can not come. */
  readonly subscribed: Promise<void>
}

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
  readonly #channels = new Map<string, Channel>()
  #subscriber: Promise<Redis> | null = null

  constructor(open: () => Promise<Redis>) {
    this.#open = open
  }

  /**
   * @param look gives what is waited for, or null
   * @param timeoutMs null: no limit
   * @returns null when the time was over first
   * @throws what the last look threw, when the time is over
   */
  async until<T>(channel: string, timeoutMs: number | null, look: () => Promise<T | null>): Promise<T | null> {
    const deadline = timeoutMs === null ? Infinity : performance.now() + timeoutMs
    let announced: (() => void) | null = null
    const listener = (): void => announced?.()
    // A connection that does not come must not hold the wait up: without it, it looks for itself, now and then.
    await within(this.#listen(channel, listener), Math.min(Math.max(deadline - performance.now(), 0), pollMs))
    try {
      for (;;) {
        const next = new Promise<void>((resolve) => (announced = resolve))
        // A look that fails now may go well while there is time.
        let failure: unknown = null
        const looked = look().catch((error: unknown) => {
          failure = error
          return null
        })
        const found = await within(looked, Math.max(deadline - performance.now(), leastLookMs))
        if (found !== null) return found
        const left = deadline - performance.now()
        if (left <= 0 && failure !== null) throw failure
        if (left <= 0) return null
        await within(next, Math.min(left, pollMs))
      }
    } finally {
      void this.#unlisten(channel, listener)
    }
  }

  async #listen(channel: string, listener: () => void): Promise<void> {
    let known = this.#channels.get(channel)
    if (known === undefined) {
      known = { listeners: new Set(), subscribed: this.#subscribe(channel) }
      this.#channels.set(channel, known)
    }
    known.listeners.add(listener)
    await known.subscribed
  }

  async #subscribe(channel: string): Promise<void> {
    try {
      await (await this.#connected()).subscribe(channel)
    } catch {
      // Without it the wait looks for itself, now and then.
    }
  }

  async #unlisten(channel: string, listener: () => void): Promise<void> {
    const known = this.#channels.get(channel)
    known?.listeners.delete(listener)
    if (known === undefined || known.listeners.size > 0) return
    this.#channels.delete(channel)
    try {
      await (await this.#subscriber)?.unsubscribe(channel)
    } catch {
      // A connection that is gone has no subscriptions.
    }
  }

  #connected(): Promise<Redis> {
    if (this.#subscriber === null) {
      this.#subscriber = this.#open().then((redis) =>
        redis.on('message', (channel: string) =>
          this.#channels.get(channel)?.listeners.forEach((listener) => listener()),
        ),
      )
      this.#subscriber.catch(() => (this.#subscriber = null))
    }
    return this.#subscriber
  }
}

/** What a promise gives, or null when so many milliseconds were over first. */
async function within<T>(event: Promise<T>, milliseconds: number): Promise<T | null> {
  if (milliseconds > maxTimerMs) return event
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), milliseconds)))
  return Promise.race([event, over]).finally(() => clearTimeout(timer))
}
