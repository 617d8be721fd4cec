import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type Koa from 'koa'
import { clientAddressOf } from '../client-address.ts'
import { AppError } from '../errors.ts'
import { LuaScript } from '../lua-script.ts'
import { redisTimeOf } from '../redis-time.ts'
import type { BudgetFigures, Spender } from './budget-figures.ts'
import { requestsKey } from './budget-keys.ts'
import { limitsOf, minuteMs } from './limits.ts'

/** The kinds of request that have a budget per address. */
export type RequestKind = Exclude<Spender, 'sms'>

/**
 * Lets one address (IPv6: one /64) ask so often in a minute, and answers 429 TOO_MANY_REQUESTS beyond that. Where Redis is away nobody
 * passes: else that would be the time to guess passwords.
 */
export class RequestBudgets {
  readonly #redis: Redis
  readonly #figures: BudgetFigures
  readonly #spend = new LuaScript(new URL('spend.lua', import.meta.url), [new URL('budget.lua', import.meta.url)])

  constructor(redis: Redis, figures: BudgetFigures) {
    this.#redis = redis
    this.#figures = figures
  }

  /** @param perMinute how many; null: any number. @returns the middleware in front of the routes of a kind, which share its budget */
  of(kind: RequestKind, perMinute: number | null): Koa.Middleware {
    if (perMinute === null) return (_ctx, next) => next()
    const limits = JSON.stringify(limitsOf([perMinute, minuteMs]))
    return async (ctx, next) => {
      const key = requestsKey(kind, clientAddressOf(ctx))
      const spend = (): Promise<unknown> => this.#spend.run(this.#redis, [key], [limits, randomUUID()])
      const waitMs = Number(await redisTimeOf(ctx).spend(spend))
      if (waitMs > 0) {
        this.#figures.countRefusal(kind)
        throw new AppError('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(waitMs / 1000), by: kind })
      }
      this.#figures.countSpent(kind)
      await next()
    }
  }
}
