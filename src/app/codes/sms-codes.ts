import { createHmac, randomInt, randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { wrongCodesKey } from '../budgets/budget-keys.ts'
import { dayMs, limitsOf } from '../budgets/limits.ts'
import { AppError } from '../errors.ts'
import { LuaScript } from '../lua-script.ts'

/** What a code may be used for. A code for one purpose is no code for another. */
export const PURPOSES = ['register', 'reset', 'mobile'] as const
export type Purpose = (typeof PURPOSES)[number]

/** How many codes of one mobile are valid at once, so that a message that comes late still carries a good code. */
const CODES_PER_MOBILE = 3

/** What `accept` used up, so that it can be given back. */
export interface TakenCodes {
  key: string
  /** Wrong tries so far, then the HMAC and the expiry (Unix time in ms) of each code. */
  contents: readonly string[]
}

export type Acceptance = { outcome: 'accepted'; taken: TakenCodes } | { outcome: 'wrong' } | { outcome: 'expired' }

/**
 * The SMS codes that wait for their answer, in Redis as the hash `sms_<mobile>` for registration, else
 * `sms_<purpose>_<mobile>`; only their HMACs are kept.
 *
 * 1. `store` adds a code to those of its mobile; each has a life of its own.
 * 2. `accept` checks one, counts a wrong try, and uses all of the mobile's up when it is right.
 * 3. `giveBack` undoes an acceptance that came to nothing; `withdraw` removes a code that could not be sent.
 */
export class SmsCodes {
  readonly #redis: Redis
  readonly #hmacKey: string
  readonly #ttlMs: number
  readonly #tries: number
  /** In JSON, as accept-code.lua reads them. */
  readonly #wrongTryLimits: string
  readonly #onAccepted: (mobile: string) => void
  readonly #storeCode = script('store-code.lua')
  readonly #acceptCode = new LuaScript(new URL('accept-code.lua', import.meta.url), [
    new URL('../budgets/budget.lua', import.meta.url),
  ])
  readonly #returnCode = script('return-code.lua')

  /**
   * @param options.hmacKey secret under which the codes are kept
   * @param options.ttlSeconds how long a code is valid
   * @param options.tries how many wrong tries a mobile's codes for one purpose survive
   * @param options.wrongPerDay how many wrong tries a mobile has in any 24 hours, over all codes and purposes; null: no limit
   * @param options.onAccepted is called when a code of a mobile was right
   */
  constructor(
    redis: Redis,
    options: {
      hmacKey: string
      ttlSeconds: number
      tries: number
      wrongPerDay: number | null
      onAccepted?: (mobile: string) => void
    },
  ) {
    this.#redis = redis
    this.#hmacKey = options.hmacKey
    this.#ttlMs = options.ttlSeconds * 1000
    this.#tries = options.tries
    this.#wrongTryLimits = JSON.stringify(limitsOf([options.wrongPerDay, dayMs]))
    this.#onAccepted = options.onAccepted ?? (() => undefined)
  }

  async store(purpose: Purpose, mobile: string, code: string): Promise<void> {
    const args = [this.#hmac(purpose, mobile, code), this.#ttlMs, CODES_PER_MOBILE]
    await this.#storeCode.run(this.#redis, [keyOf(purpose, mobile)], args)
  }

  /** Removes one code; the mobile's others stay. */
  async withdraw(purpose: Purpose, mobile: string, code: string): Promise<void> {
    await this.#redis.hdel(keyOf(purpose, mobile), this.#hmac(purpose, mobile, code))
  }

  /** @throws AppError TOO_MANY_REQUESTS when the mobile's wrong tries of the day are spent; what Redis answered */
  async accept(purpose: Purpose, mobile: string, code: string): Promise<Acceptance> {
    const key = keyOf(purpose, mobile)
    const args = [this.#hmac(purpose, mobile, code), this.#tries, this.#wrongTryLimits, randomUUID()]
    const answer = await this.#acceptCode.run(this.#redis, [key, wrongCodesKey(mobile)], args)
    if (!Array.isArray(answer)) throw new TypeError(`accept-code.lua: expected a list, got ${typeof answer}`)
    const [outcome, ...contents] = answer.map(String)
    if (outcome === 'wrong' || outcome === 'expired') return { outcome }
    if (outcome === 'spent') {
      const retryAfterSeconds = Math.ceil(Number(contents[0]) / 1000)
      throw new AppError('TOO_MANY_REQUESTS', { retryAfterSeconds, by: 'wrongCodes' })
    }
    if (outcome !== 'accepted')
      throw new TypeError(`accept-code.lua: expected accepted, wrong, expired or spent, got ${outcome}`)
    this.#onAccepted(mobile)
    return { outcome, taken: { key, contents } }
  }

  /** Gives codes back that were accepted, with the rest of their life and their count of tries. */
  async giveBack({ key, contents }: TakenCodes): Promise<void> {
    await this.#returnCode.run(this.#redis, [key], [CODES_PER_MOBILE, ...contents])
  }

  /** The parts are separated by a byte that is in none of them, so that no two triples make the same text. */
  #hmac(purpose: Purpose, mobile: string, code: string): string {
    return createHmac('sha256', this.#hmacKey).update([purpose, mobile, code].join('\0')).digest('hex')
  }
}

/** A new code: six digits, each equally likely. */
export function makeCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0')
}

function script(name: string): LuaScript {
  return new LuaScript(new URL(name, import.meta.url))
}

function keyOf(purpose: Purpose, mobile: string): string {
  return purpose === 'register' ? `sms_${mobile}` : `sms_${purpose}_${mobile}`
}
