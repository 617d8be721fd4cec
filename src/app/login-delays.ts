import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type Koa from 'koa'
import { addressBlock, oneClient } from './address-block.ts'
import { clientAddressOf } from './client-address.ts'
import { describeError } from './error-answers.ts'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'
import { LuaScript } from './lua-script.ts'
import { redisTimeOf } from './redis-time.ts'
import type { DeviceCookies } from './sessions/device-cookies.ts'

/** `accounts.loginDelays` of the settings; times in seconds. */
export interface LoginDelaySettings {
  freeTries: number | null
  freeTriesPerAddress: number | null
  firstSeconds: number
  longestSeconds: number
  forgetSeconds: number
  forgetPerAddressSeconds: number
}

/** One of the counts in Redis that a try belongs to. */
interface Count {
  key: string
  /** The numbers for reserve-try.lua. */
  policy: readonly number[]
  /** What a right password does to it. */
  afterRight: 'all' | 'one'
}

/**
 * Slows down those who try passwords, and never locks anybody out for good.
 *
 * 1. A try is reserved before the password is looked at: it counts as wrong, for the name that was given and for the address.
 * 2. After some wrong ones in a row the next must wait a second, then two, four, up to a longest wait. Who comes earlier is refused,
 *    whatever the password, and that does not count.
 * 3. A right password ends the count of its name. Of the address it takes back its own try only: else whoever has one account could
 *    try at all others from there. So that a house full of people does not add up, an address forgets its tries soon.
 * 4. A try that came to nothing, such as one for which there was no processor, is taken back.
 *
 * A device that has logged in to the account before has a count of its own, in place of both: nobody elsewhere can keep its owner
 * out. Names are counted whether there is such an account or not. In Redis they are `login_name_`, `login_address_` and
 * `login_device_` with a hash; what people type into the wrong field is not kept.
 */
export class LoginDelays {
  readonly #redis: Redis
  readonly #devices: DeviceCookies
  readonly #logger: Logger
  readonly #name: readonly number[] | null
  readonly #address: readonly number[] | null
  readonly #reserve = new LuaScript(new URL('reserve-try.lua', import.meta.url))
  readonly #return = new LuaScript(new URL('return-try.lua', import.meta.url))

  /** @param settings `freeTries` null: no delays by name or device; `freeTriesPerAddress` null: none by address */
  constructor(redis: Redis, settings: LoginDelaySettings, parts: { devices: DeviceCookies; logger: Logger }) {
    this.#redis = redis
    this.#devices = parts.devices
    this.#logger = parts.logger
    this.#name = policyOf(settings, settings.freeTries, settings.forgetSeconds)
    this.#address = policyOf(settings, settings.freeTriesPerAddress, settings.forgetPerAddressSeconds)
  }

  /**
   * Has a password checked, if it is its turn.
   *
   * @param who.name the name that was given, in NFKC; there need not be such an account
   * @param who.userId the account's id, where there is one
   * @param look looks at the password; null: it is wrong
   * @returns what `look` found
   * @throws AppError TOO_MANY_REQUESTS while a delay runs; RedisLate; what Redis answered, or `look` threw
   */
  async check<T>(
    ctx: Koa.Context,
    who: { name: string; userId: number | undefined },
    look: () => Promise<T | null>,
  ): Promise<T | null> {
    const counts = this.#countsOf(ctx, who)
    await this.#reserveIn(ctx, counts)
    let found: T | null
    try {
      found = await look()
    } catch (error) {
      await this.#takeBack(ctx, counts, () => 'one')
      throw error
    }
    if (found !== null) await this.#takeBack(ctx, counts, ({ afterRight }) => afterRight)
    return found
  }

  /** Makes the device known to the account that has just logged in. */
  rememberDevice(ctx: Koa.Context, userId: number): void {
    if (this.#name !== null) this.#devices.remember(ctx, userId)
  }

  async #reserveIn(ctx: Koa.Context, counts: readonly Count[]): Promise<void> {
    if (counts.length === 0) return
    const keys = counts.map(({ key }) => key)
    const policies = counts.flatMap(({ policy }) => policy)
    const waitMs = Number(await redisTimeOf(ctx).spend(() => this.#reserve.run(this.#redis, keys, policies)))
    if (waitMs > 0) {
      throw new AppError('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(waitMs / 1000), by: 'loginDelays' })
    }
  }

  /** The answer is known and does not change: a count that stays too high is forgotten with time. */
  async #takeBack(ctx: Koa.Context, counts: readonly Count[], what: (count: Count) => 'all' | 'one'): Promise<void> {
    if (counts.length === 0) return
    const keys = counts.map(({ key }) => key)
    try {
      await redisTimeOf(ctx).spend(() => this.#return.run(this.#redis, keys, counts.map(what)))
    } catch (error) {
      this.#logger.warn(describeError(error), 'a try at a password could not be taken back')
    }
  }

  #countsOf(ctx: Koa.Context, { name, userId }: { name: string; userId: number | undefined }): Count[] {
    const policy = this.#name
    const device = policy === null || userId === undefined ? undefined : this.#devices.known(ctx, userId)
    if (policy !== null && device !== undefined) {
      return [{ key: keyOf('device', `${userId}.${device}`), policy, afterRight: 'all' }]
    }
    const counts: Count[] = []
    if (policy !== null) counts.push({ key: keyOf('name', name), policy, afterRight: 'all' })
    if (this.#address !== null) {
      const network = addressBlock(clientAddressOf(ctx), oneClient)
      counts.push({ key: keyOf('address', network), policy: this.#address, afterRight: 'one' })
    }
    return counts
  }
}

/** The numbers for reserve-try.lua. More wrong tries than lead to the longest delay are not counted: they would only last longer. */
function policyOf(
  { firstSeconds, longestSeconds }: LoginDelaySettings,
  free: number | null,
  forgetSeconds: number,
): readonly number[] | null {
  if (free === null) return null
  const most = free + Math.max(0, Math.ceil(Math.log2(longestSeconds / firstSeconds)))
  return [free, firstSeconds * 1000, longestSeconds * 1000, forgetSeconds * 1000, most]
}

function keyOf(kind: 'name' | 'address' | 'device', what: string): string {
  return `login_${kind}_${createHash('sha256').update(what).digest('base64url')}`
}
