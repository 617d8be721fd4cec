import { availableParallelism } from 'node:os'
import bcrypt from 'bcrypt'
import { AppError } from './errors.ts'

/** bcrypt does not look at what comes after the 72nd byte. */
export const BCRYPT_MAX_BYTES = 72

/** bcrypt takes no lower cost. */
const LEAST_COST = 4

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

  /**
   * Whether a password belongs to a hash. Without a hash (there is no such account) it takes as long and is false, so
   * that the time does not tell who has an account. Nor does the age of a hash show: to say no takes as long as the dearest cost does
   * that there is, the configured one or, where that was lowered, the highest of the hashes that were looked at.
   *
   * @throws AppError BUSY
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const matches = await this.#inTurn(() =>
      hash === undefined ? this.#refuse(password) : this.#compare(password, hash),
    )
    return matches && hash !== undefined && !isTooLong(password)
  }

  async #compare(password: string, hash: string): Promise<boolean> {
    const cost = costOf(hash)
    this.#dearest = Math.max(this.#dearest, cost)
    const matches = await bcrypt.compare(password, hash)
    // 2^c, and 2^c + 2^(c+1) + ... + 2^(d-1), make 2^d.
    for (let left = cost; !matches && left < this.#dearest; left++) await bcrypt.compare(password, impossibleHash(left))
    return matches
  }

  async #refuse(password: string): Promise<boolean> {
    await bcrypt.compare(password, impossibleHash(this.#dearest))
    return false
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

/** The cost that a hash was made with, as it says itself. What is no hash is refused without any work. */
function costOf(hash: string): number {
  return Number(/^\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$.{53}$/.exec(hash)?.[1] ?? LEAST_COST)
}

function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > BCRYPT_MAX_BYTES
}

/** A well-formed hash that no password is known for: 22 characters of salt, 31 of hash, made up. */
function impossibleHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$lovageLovageLovageLovaeKq0GmXb3oVJdT1yPzWn5uRhCkEs7iA`
}
