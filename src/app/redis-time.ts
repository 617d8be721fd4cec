import type Koa from 'koa'

/** Redis has not answered while the request had time for it. */
export class RedisLate extends Error {
  override readonly name = 'RedisLate'
  /** The work that nobody waits for any more; it may still succeed. null: it was not begun. */
  readonly work: Promise<unknown> | null

  constructor(ms: number, work: Promise<unknown> | null) {
    super(`Redis did not answer within the ${ms} ms that a request waits for it`)
    this.work = work
  }
}

/**
 * The time that one request waits for Redis in all, however many commands it needs. What else it waits for (its body, the
 * database, a processor for a password) is not counted.
 */
export class RedisTime {
  readonly #wholeMs: number
  #leftMs: number

  /** @param ms in milliseconds */
  constructor(ms: number) {
    this.#wholeMs = ms
    this.#leftMs = ms
  }

  /**
   * Does some work with Redis. When the time is over, the work goes on by itself.
   *
   * @throws RedisLate when the time is over, also before the work: then it is not begun. What `work` threw
   */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    if (this.#leftMs <= 0) throw new RedisLate(this.#wholeMs, null)
    return await this.#within(work())
  }

  /**
   * Waits for work that is to be done in any case, for as long as there is time.
   *
   * @param work must not reject
   */
  async waitFor(work: Promise<void>): Promise<void> {
    try {
      await this.#within(work)
    } catch (error) {
      if (!(error instanceof RedisLate)) throw error
    }
  }

  async #within<T>(work: Promise<T>): Promise<T> {
    const startedAt = performance.now()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const onLate = (): void => {
        // Node's timers count from the beginning of a turn, and are early by what it has taken: something would seem to be left.
        this.#leftMs = 0
        reject(new RedisLate(this.#wholeMs, work))
      }
      timer = setTimeout(onLate, Math.max(0, this.#leftMs))
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
      this.#leftMs -= performance.now() - startedAt
    }
  }
}

/** Gives each request its time for Redis. @param ms in milliseconds */
export function giveRedisTime(ms: number): Koa.Middleware {
  return (ctx, next) => {
    ctx.state['redisTime'] = new RedisTime(ms)
    return next()
  }
}

/** What a request has left of its time for Redis. */
export function redisTimeOf(ctx: Koa.Context): RedisTime {
  return ctx.state['redisTime'] as RedisTime
}
