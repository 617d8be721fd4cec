import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'

/**
 * A Lua script from a file of its own.
 *
 * 1. The file is read once, when the object is made, and so are the libraries that it needs, which are put in front of it.
 * 2. `run` names it by its SHA-1, so that its text does not travel each time.
 * 3. A Redis that does not know it (NOSCRIPT: the first time, after a restart, after SCRIPT FLUSH) gets the text.
 */
export class LuaScript {
  readonly #source: string
  readonly #sha: string

  /**
   * @param file the script's file
   * @param libraries files of functions, in the order in which they are put in front
   * @throws when there is no such file
   */
  constructor(file: URL, libraries: readonly URL[] = []) {
    this.#source = [...libraries, file].map((part) => readFileSync(part, 'utf8')).join('\n')
    this.#sha = createHash('sha1').update(this.#source).digest('hex')
  }

  /**
   * Runs the script in one step.
   *
   * @param keys every key that it touches
   * @returns what it returned
   * @throws what Redis answered
   */
  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return redis.eval(this.#source, keys.length, ...keys, ...args)
    }
  }
}
