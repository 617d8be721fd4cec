import { describeError } from './error-answers.ts'
import type { Logger } from './logger.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { User, Users } from './users.ts'

/**
 * Makes hashes of the present cost out of those of a lower one, when their password is known: after a login.
 *
 * The login does not wait for it, and is not told when it fails; the next one tries again. A password that was set
 * meanwhile stays: the new hash only takes the place of the one that was checked.
 */
export class HashUpgrades {
  readonly #users: Users
  readonly #hasher: PasswordHasher
  readonly #logger: Logger

  constructor(parts: { users: Users; hasher: PasswordHasher; logger: Logger }) {
    this.#users = parts.users
    this.#hasher = parts.hasher
    this.#logger = parts.logger
  }

  /** Never rejects. @param password what the account's hash was made of */
  async run({ id, passwordHash: from }: User, password: string): Promise<void> {
    if (!this.#hasher.isCheap(from)) return
    try {
      await this.#users.replaceHash(id, { from, to: await this.#hasher.hash(password) })
    } catch (error) {
      this.#logger.warn({ userId: id, ...describeError(error) }, 'a hash of a lower cost could not be replaced')
    }
  }
}
