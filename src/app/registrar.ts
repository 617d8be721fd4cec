import type { CodeUse } from './codes/code-use.ts'
import { describeError } from './error-answers.ts'
import { AppError } from './errors.ts'
import type { Registration } from './forms.ts'
import type { Logger } from './logger.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { RedisTime } from './redis-time.ts'
import type { UniqueColumn, User, Users } from './users.ts'

const TAKEN_ERRORS = { username: 'USERNAME_TAKEN', mobile: 'MOBILE_TAKEN' } as const satisfies Record<
  UniqueColumn,
  string
>

/**
 * Registers new users.
 *
 * 1. The SMS code is accepted and used up in one step, so that of two registrations at once one goes on.
 * 2. Name and mobile are looked up before the password is hashed, which is what costs.
 * 3. The account is created; whoever was faster in the meantime is found out by the table's unique columns.
 * 4. The new user is logged in.
 *
 * Whatever fails after the first step is undone: no account stays, and the code goes back as it was, in the background if the
 * request has no time left.
 */
export class Registrar {
  readonly #codes: CodeUse
  readonly #users: Users
  readonly #hasher: PasswordHasher
  readonly #logger: Logger

  constructor(parts: { codes: CodeUse; users: Users; hasher: PasswordHasher; logger: Logger }) {
    this.#codes = parts.codes
    this.#users = parts.users
    this.#hasher = parts.hasher
    this.#logger = parts.logger
  }

  /**
   * @param time how long to wait for Redis
   * @param logIn logs the new user in
   * @throws AppError SMS_CODE_EXPIRED, SMS_CODE_WRONG, USERNAME_TAKEN, MOBILE_TAKEN, BUSY; RedisLate; what Redis, the
   *   database or `logIn` threw
   */
  async register(form: Registration, time: RedisTime, logIn: (user: User) => Promise<void>): Promise<void> {
    await this.#codes.use('register', form, time, () => this.#createAndLogIn(form, logIn))
  }

  async #createAndLogIn(form: Registration, logIn: (user: User) => Promise<void>): Promise<void> {
    const { username, mobile } = form
    const taken = await this.#users.findTaken(username, mobile)
    if (taken !== undefined) throw new AppError(TAKEN_ERRORS[taken])
    const passwordHash = await this.#hasher.hash(form.password)
    const creation = await this.#users.create({ username, mobile, passwordHash })
    if ('taken' in creation) throw new AppError(TAKEN_ERRORS[creation.taken])
    try {
      await logIn(creation.created)
    } catch (error) {
      await this.#remove(creation.created)
      throw error
    }
  }

  async #remove({ id }: User): Promise<void> {
    try {
      await this.#users.remove(id)
    } catch (error) {
      this.#logger.warn({ userId: id, ...describeError(error) }, 'a registration that failed could not be undone')
    }
  }
}
