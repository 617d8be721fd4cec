import type { Redis } from 'ioredis'
import { describeError } from '../error-answers.ts'
import type { Logger } from '../logger.ts'
import { LuaScript } from '../lua-script.ts'
import { lastCodesKey, prefixOf, unusedKey } from './budget-keys.ts'

/**
 * Learns which codes were used, for the guard against SMS pumping.
 *
 * 1. The codes that were sent to the mobile and can still be used are taken from its list: whoever gave one of them back has that
 *    mobile in hand, so all of them count as used.
 * 2. Each is marked among the last codes of the mobile's prefix, and of the address block from which it was asked for.
 *
 * Nobody waits for it: what could not be marked counts as unused.
 */
export class UsedCodes {
  readonly #redis: Redis
  readonly #logger: Logger
  readonly #markUsed = new LuaScript(new URL('mark-used.lua', import.meta.url))

  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis
    this.#logger = logger
  }

  /** A code of this mobile was right. Never rejects. */
  async note(mobile: string): Promise<void> {
    try {
      const taken = await this.#redis.multi().lrange(unusedKey(mobile), 0, -1).del(unusedKey(mobile)).exec()
      const entries: unknown = taken?.[0]?.[1]
      if (Array.isArray(entries)) for (const entry of entries) await this.#mark(mobile, String(entry))
    } catch (error) {
      this.#logger.warn(describeError(error), 'a code that was used still counts as unused')
    }
  }

  /** @param entry `<token> <address block>` */
  async #mark(mobile: string, entry: string): Promise<void> {
    const [token = '', block = ''] = entry.split(' ', 2)
    const keys = [prefixOf(mobile), block].map(lastCodesKey)
    await this.#markUsed.run(this.#redis, keys, [token])
  }
}
