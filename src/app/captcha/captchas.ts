import { randomInt } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { RedisTime } from '../redis-time.ts'
import { AppError } from '../errors.ts'
import { CAPTCHA_CHARACTERS, comparable } from './glyphs.ts'
import type { DrawPicture } from './picture-drawer.ts'
import type { CaptchaVerifier, PictureAnswer } from './verifier.ts'

const TEXT_LENGTH = 4

/**
 * The captchas that are waiting for an answer, in Redis as `img_<uuid>`: the text, in upper case.
 *
 * 1. `issue` thinks up a text, draws it and keeps it under the page's id; an earlier one of that id is replaced.
 * 2. `verify` reads and removes it in one step, so that each captcha has one try, and compares; what looks alike is the same.
 */
export class Captchas implements CaptchaVerifier<PictureAnswer> {
  readonly #redis: Redis
  readonly #ttlSeconds: number
  readonly #draw: DrawPicture

  /**
   * @param options.ttlSeconds how long a captcha can be answered
   * @param options.draw draws its text
   */
  constructor(redis: Redis, options: { ttlSeconds: number; draw: DrawPicture }) {
    this.#redis = redis
    this.#ttlSeconds = options.ttlSeconds
    this.#draw = options.draw
  }

  /** Makes a new captcha for an id. @returns its picture, a PNG. @throws what `draw` threw; RedisLate; what Redis answered */
  async issue(uuid: string, time: RedisTime): Promise<Buffer> {
    const text = randomText()
    const picture = await this.#draw(text)
    await time.spend(() => this.#redis.set(keyOf(uuid), text, 'EX', this.#ttlSeconds))
    return picture
  }

  /** @throws AppError CAPTCHA_EXPIRED (or used, or never issued), CAPTCHA_WRONG; what Redis answered */
  async verify({ image_code_id: uuid, image_code: answer }: PictureAnswer): Promise<void> {
    const text = await this.#redis.getdel(keyOf(uuid))
    if (text === null) throw new AppError('CAPTCHA_EXPIRED')
    if (comparable(text) !== comparable(answer)) throw new AppError('CAPTCHA_WRONG')
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
