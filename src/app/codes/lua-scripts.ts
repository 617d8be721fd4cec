import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'

/**
 * A Lua script from a file of its own.
 *
 * 1. The file is read once, when the object is made.
 * 2. `run` names it by its SHA-1, so that its text does not travel each time.
 * 3. A Redis that does not know it (NOSCRIPT: the first time, after a restart, after SCRIPT FLUSH) gets the text.
 */
export class LuaScript {
  readonly #source: string
  readonly #sha: string

  /**
   * @param name the file's name, such as `store-code.lua`
   * @param beside the address of a module in the same folder; default: this folder
   * @throws when there is no such file
   */
  constructor(name: string, beside: string = import.meta.url) {
    this.#source = readFileSync(new URL(name, beside), 'utf8')
    this.#sha = createHash('sha1').update(this.#source).digest('hex')
  }

  /** Runs the script in one step. @returns what it returned. @throws what Redis answered */
  async run(redis: Redis, keys: string | readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const all = typeof keys === 'string' ? [keys] : keys
    try {
      return await redis.evalsha(this.#sha, all.length, ...all, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return redis.eval(this.#source, all.length, ...all, ...args)
    }
  }
}
