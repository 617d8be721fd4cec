import type Koa from 'koa'
import { AppError } from './errors.ts'

/**
 * Bounds how many requests are worked on at once: beyond that each would only make all the others later.
 *
 * 1. `admit` comes before all routes. A request beyond the bound is refused at once, which costs next to nothing.
 * 2. `whileArriving` wraps what reads a body. Meanwhile the request does not count, else whoever sends a thousand bodies
 *    slowly would keep everybody else out; then it must be admitted again.
 */
export class Admission {
  readonly admit: Koa.Middleware
  readonly #most: number
  readonly #admitted = new WeakSet<Koa.Context>()
  #count = 0

  /** @param most how many at once */
  constructor(most: number) {
    this.#most = most
    this.admit = async (ctx, next) => {
      this.#enter(ctx)
      try {
        await next()
      } finally {
        this.#leave(ctx)
      }
    }
  }

  /** @param read reads the request's body, and goes on */
  whileArriving(read: Koa.Middleware): Koa.Middleware {
    return (ctx, next) => {
      this.#leave(ctx)
      return read(ctx, () => {
        this.#enter(ctx)
        return next()
      })
    }
  }

  #enter(ctx: Koa.Context): void {
    if (this.#count >= this.#most) throw new AppError('BUSY', { retryAfterSeconds: 1 })
    this.#admitted.add(ctx)
    this.#count += 1
  }

  #leave(ctx: Koa.Context): void {
    if (this.#admitted.delete(ctx)) this.#count -= 1
  }
}
