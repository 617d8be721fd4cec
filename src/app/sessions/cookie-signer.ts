import { createHmac, timingSafeEqual } from 'node:crypto'

/** Signs what cookies carry: HMAC-SHA256 in base64url. The first key signs, all of them verify, so that keys can be changed. */
export class CookieSigner {
  readonly #keys: readonly string[]

  /** @throws RangeError without a key */
  constructor(keys: readonly string[]) {
    if (keys.length === 0) throw new RangeError('expected at least one key that signs cookies, got none')
    this.#keys = keys
  }

  /** @param text what the signature is for; it should tell its use, so that none is good for another */
  sign(text: string): string {
    return signature(text, this.#keys[0] ?? '')
  }

  /** Whether a signature is right, and by which key: the first (`fresh`), or one that signs no more (`old`). */
  verify(text: string, given: string): 'fresh' | 'old' | 'wrong' {
    const at = this.#keys.findIndex((key) => isSame(signature(text, key), given))
    if (at < 0) return 'wrong'
    return at === 0 ? 'fresh' : 'old'
  }
}

function signature(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

function isSame(right: string, given: string): boolean {
  const [one, other] = [Buffer.from(right), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}
