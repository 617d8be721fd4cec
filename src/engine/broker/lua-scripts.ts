import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'

type Library =
  | 'clock'
  | 'set-aside'
  | 'push'
  | 'put-all'
  | 'batches'
  | 'results'
  | 'hold'
  | 'chords'
  | 'follow'
  | 'limited'
  | 'oldest'
  | 'rates'
  | 'records'
  | 'retries'

/**
 * One Lua script of the broker, read from the file of its name beside this one, with the libraries that it needs in front.
 * It is sent by its SHA, and once in full where the server does not know it yet (after its restart, or a SCRIPT FLUSH).
 */
export class LuaScript {
  readonly #text: string
  readonly #sha: string

  /** @param libraries files of functions, in the order in which they are put in front */
  constructor(name: string, libraries: readonly Library[] = []) {
    this.#text = [...libraries, name].map(readLua).join('\n')
    this.#sha = createHash('sha1').update(this.#text).digest('hex')
  }

  /**
   * Runs the script. Replies' strings come as Buffers: messages are bytes, and a JavaScript string would change them.
   *
   * @throws what ioredis throws: a ReplyError of the script, or a lost connection
   */
  async run(redis: Redis, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await redis.callBuffer('EVALSHA', this.#sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return redis.callBuffer('EVAL', this.#text, keys.length, ...keys, ...args)
    }
  }
}

function readLua(name: string): string {
  return readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
}
