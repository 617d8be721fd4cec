import type { Promoted, Schedule } from '../broker/broker.ts'
import type { BrokerHealth } from './broker-health.ts'
import type { RateLimits } from './rate-limits.ts'

/** What a promoter works with. */
export interface PromoterOptions {
  readonly schedule: Pick<Schedule, 'promote'>
  /** The same for messages that wait for a rate limit. */
  readonly limits: Pick<RateLimits, 'release'>
  readonly health: Pick<BrokerHealth, 'answered' | 'failed'>
  /** Told when messages have come to be due: they are on their lists. */
  readonly onPromoted: () => void
  /** Told with each look which queues are paused. */
  readonly onPaused: (names: readonly string[]) => void
  /** Told how often anything was revoked; resolves when that is known here. */
  readonly onRevocations: (count: number) => Promise<void> | null
}

/** The longest time between two looks, in milliseconds: another process may have scheduled something that is due sooner. */
const lookMs = 40

/** The same while the broker fails: doubled up to the second figure. */
const failureWaitMs = [50, 1_000] as const

/**
 * Moves scheduled messages to their lists when they are due, also while all slots are taken: other processes may have room.
 * The same look notices revocations, paused queues, and whether the broker answers.
 *
 * 1. Look, and move what is due, and what its rate limit lets start.
 * 2. Sleep until the next message is due, or for a short time, or until somebody asks for a look.
 */
export class Promoter {
  readonly #options: PromoterOptions
  #stopped = true
  #loop: Promise<void> = Promise.resolve()
  #wake = (): void => {}
  /** Told when a look that is still to begin has ended. */
  readonly #waiting: (() => void)[] = []

  constructor(options: PromoterOptions) {
    this.#options = options
  }

  /** Whether it looks after the schedule. */
  get runs(): boolean {
    return !this.#stopped
  }

  start(): void {
    this.#stopped = false
    this.#loop = this.#run()
  }

  /** Resolves when the last look has been answered. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#loop
    this.#waiting.splice(0).forEach((tell) => tell())
  }

  /** Resolves when a look that begins after this has been answered or has failed; where nothing looks, at once. */
  async look(): Promise<void> {
    if (this.#stopped) return
    const looked = new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#wake()
    await looked
  }

  async #run(): Promise<void> {
    const { health, onPromoted, onRevocations } = this.#options
    let [failureWait] = failureWaitMs as readonly [number, number]
    while (!this.#stopped) {
      let sleep: number = lookMs
      const waiting = this.#waiting.splice(0)
      try {
        const { moved, nextInMs, revocations } = await this.#lookOnce()
        health.answered()
        failureWait = failureWaitMs[0]
        if (moved > 0) onPromoted()
        // What is due and was not moved can not be moved now: its list is no list.
        sleep = nextInMs === 0 && moved === 0 ? lookMs : Math.min(nextInMs ?? lookMs, lookMs)
        await onRevocations(revocations)
      } catch (error) {
        health.failed('promoting scheduled messages', error)
        sleep = failureWait
        failureWait = Math.min(failureWait * 2, failureWaitMs[1])
      }
      waiting.forEach((tell) => tell())
      if (!this.#stopped && this.#waiting.length === 0) await this.#sleep(sleep)
    }
  }

  /** Nobody pays for rate limits where nothing waits for one. */
  async #lookOnce(): Promise<Omit<Promoted, 'limited'>> {
    const { schedule, limits, onPaused } = this.#options
    const promoted = await schedule.promote()
    // Before anything is let go that waits on a paused queue for its rate limit.
    onPaused(promoted.paused)
    if (!promoted.limited) return promoted
    const released = await limits.release()
    const next = Math.min(promoted.nextInMs ?? Infinity, released.nextInMs ?? Infinity)
    return { ...promoted, moved: promoted.moved + released.moved, nextInMs: next === Infinity ? null : next }
  }

  async #sleep(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, milliseconds)
    })
    clearTimeout(timer)
  }
}
