import { randomInt } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { RedisTime } from '../redis-time.ts'
import { drawCaptcha } from './draw.ts'
import { CAPTCHA_CHARACTERS } from './glyphs.ts'

const TEXT_LENGTH = 4

/**
 * The captchas that are waiting for an answer, in Redis as `img_<uuid>`: the text, in upper case.
 *
 * 1. `issue` thinks up a text, draws it and keeps it under the page's id; an earlier one of that id is replaced.
 * 2. `take` reads and removes it in one step, so that each captcha has one try.
 */
export class Captchas {
  readonly #redis: Redis
  readonly #ttlSeconds: number

  /** @param options.ttlSeconds how long a captcha can be answered */
  constructor(redis: Redis, options: { ttlSeconds: number }) {
    this.#redis = redis
    this.#ttlSeconds = options.ttlSeconds
  }

  /** Makes a new captcha for an id. @returns its picture, a PNG */
  async issue(uuid: string, time: RedisTime): Promise<Buffer> {
    const text = randomText()
    const picture = await drawCaptcha(text)
    await time.spend(() => this.#redis.set(keyOf(uuid), text, 'EX', this.#ttlSeconds))
    return picture
  }

  /** Uses up the captcha of an id. @returns its text, or `null` where it has expired, was used, or never was */
  async take(uuid: string): Promise<string | null> {
    return this.#redis.getdel(keyOf(uuid))
  }
}

/** Ids are the same in either case. */
function keyOf(uuid: string): string {
  return `img_${uuid.toLowerCase()}`
}

function randomText(): string {
  const characters = Array.from({ length: TEXT_LENGTH }, () => CAPTCHA_CHARACTERS[randomInt(CAPTCHA_CHARACTERS.length)])
  return characters.join('')
}
