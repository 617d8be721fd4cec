import { availableParallelism } from 'node:os'
import bcrypt from 'bcrypt'
import { AppError } from './errors.ts'

/** bcrypt does not look at what comes after the 72nd byte. */
export const BCRYPT_MAX_BYTES = 72

/** What takes the place of a hash where no password is to match, such as after an administrator's reset. */
export const NO_PASSWORD = '!'

/** bcrypt's form; its cost. */
const HASH = /^\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/

/**
 * Hashes and checks passwords, a few at a time.
 *
 * 1. Each hash keeps one of the four threads busy that the process also needs for files, DNS and SQLite, and one
 *    processor; so at most `atOnce` run.
 * 2. Up to `waiting` more wait for their turn, first come, first served.
 * 3. Beyond that the answer is BUSY at once: whoever waited longer would have given up anyway.
 */
export class PasswordHasher {
  readonly #cost: number
  readonly #waiting: number
  readonly #atOnce: number
  readonly #queue: (() => void)[] = []
  /** The highest cost that there is, as far as is known. */
  #dearest: number
  #running = 0

  /**
   * @param options.cost bcrypt's cost, 4 to 31: each step doubles the time
   * @param options.waiting how many may wait
   * @param options.atOnce how many run at once; by default one less than there are processors, from 1 to 3
   */
  constructor(options: { cost: number; waiting: number; atOnce?: number }) {
    this.#cost = options.cost
    this.#dearest = options.cost
    this.#waiting = options.waiting
    this.#atOnce = options.atOnce ?? Math.max(1, Math.min(3, availableParallelism() - 1))
  }

  /** @throws AppError BUSY. RangeError for a password over 72 bytes: it would be cut */
  async hash(password: string): Promise<string> {
    if (isTooLong(password)) throw new RangeError(`expected a password of at most ${BCRYPT_MAX_BYTES} bytes`)
    return this.#inTurn(() => bcrypt.hash(password, this.#cost))
  }

  /** Whether a password belongs to a hash; else as `findMatch`. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    return (await this.findMatch(password, hash)) !== null
  }

  /**
   * In which form a password belongs to a hash: as it was typed, or in NFKC, which the profile `strict` keeps it in.
   * Where it does not, it always takes as long as a hash of the present cost, also without a hash (there is no such
   * account, or none of its passwords would do) and with one of a lower cost: the time does not tell who has an account.
   * Where the cost has been lowered, it takes as long as the dearest of the hashes that were looked at.
   *
   * @returns null where it does not
   * @throws AppError BUSY
   */
  async findMatch(password: string, hash: string | undefined): Promise<string | null> {
    const forms = new Set([password, password.normalize('NFKC')])
    const known = hash !== undefined && HASH.test(hash)
    if (known) this.#dearest = Math.max(this.#dearest, costOf(hash))
    const compared = known ? hash : impossibleHash(this.#dearest)
    return this.#inTurn(async () => {
      for (const form of forms) {
        const matches = await bcrypt.compare(form, compared)
        if (matches && known && !isTooLong(form)) return form
        // Each cost is twice the work of the one below: these add up to what is missing.
        for (let cost = costOf(compared); cost < this.#dearest; cost++) await bcrypt.compare(form, impossibleHash(cost))
      }
      return null
    })
  }

  /** Whether a hash costs less than new ones. */
  isCheap(hash: string): boolean {
    return HASH.test(hash) && costOf(hash) < this.#cost
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++
    else await this.#awaitTurn()
    try {
      return await work()
    } finally {
      // The turn goes straight to the next in the queue, so that nobody can slip in between.
      const next = this.#queue.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  async #awaitTurn(): Promise<void> {
    if (this.#queue.length >= this.#waiting) throw new AppError('BUSY', { retryAfterSeconds: 1 })
    await new Promise<void>((resolve) => this.#queue.push(resolve))
  }
}

function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > BCRYPT_MAX_BYTES
}

function costOf(hash: string): number {
  return Number(HASH.exec(hash)?.[1])
}

/** A well-formed hash that no password is known for: 22 characters of salt, 31 of hash, made up. */
function impossibleHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$lovageLovageLovageLovaeKq0GmXb3oVJdT1yPzWn5uRhCkEs7iA`
}
