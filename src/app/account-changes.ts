import type { CodeUse } from './codes/code-use.ts'
import { describeError } from './error-answers.ts'
import { AppError } from './errors.ts'
import type { MobileChange, PasswordChange, PasswordReset } from './forms.ts'
import type { Logger } from './logger.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { PasswordRules } from './password-rules.ts'
import type { RedisTime } from './redis-time.ts'
import type { User, Users } from './users.ts'

/** Has the present password looked at when it is the account's turn: what slows down guessing at login does so here. */
export type PasswordTurn = (isRight: () => Promise<boolean>) => Promise<boolean>

/**
 * Sets passwords and mobiles anew.
 *
 * 1. Whoever asks is known by a code sent to the account's mobile, or by the session and the present password.
 * 2. The new value is stored. A password is not where another was stored meanwhile; a mobile is not where another account
 *    has it, which the table's unique column tells.
 * 3. After a new password the account's sessions are ended. When they can't be, the old password is put back: a new one
 *    that leaves a thief logged in would be worse than none.
 *
 * A login that was checked against the old password at that very time finds out by itself (routes/login.ts).
 */
export class AccountChanges {
  readonly #codes: CodeUse
  readonly #users: Users
  readonly #hasher: PasswordHasher
  readonly #rules: PasswordRules
  readonly #logger: Logger

  constructor(parts: { codes: CodeUse; users: Users; hasher: PasswordHasher; rules: PasswordRules; logger: Logger }) {
    this.#codes = parts.codes
    this.#users = parts.users
    this.#hasher = parts.hasher
    this.#rules = parts.rules
    this.#logger = parts.logger
  }

  /**
   * Sets a password by a code of the purpose `reset`. A mobile without an account, or with one that is disabled, is
   * answered as if the code had expired: it can only come that far by a guess.
   *
   * @param time how long to wait for Redis
   * @param parts.isOf is told whose password it is, once the code was right
   * @param parts.endSessions ends all sessions of an account
   * @throws AppError SMS_CODE_EXPIRED, SMS_CODE_WRONG, PASSWORD_TOO_COMMON, BUSY; RedisLate; what Redis, the database or
   *   `endSessions` threw
   */
  async resetPassword(
    form: PasswordReset,
    time: RedisTime,
    { isOf, endSessions }: { isOf: (user: User) => void; endSessions: (userId: number) => Promise<void> },
  ): Promise<void> {
    await this.#codes.use('reset', form, time, async () => {
      const user = await this.#users.findByMobile(form.mobile)
      if (user !== undefined) isOf(user)
      if (user === undefined || user.disabledAt !== null) throw new AppError('SMS_CODE_EXPIRED')
      const passwordHash = await this.#hashNew(form.password, user)
      if (!(await this.#users.changePassword(user, passwordHash))) throw new AppError('SMS_CODE_EXPIRED')
      await this.#orPutBack(user, passwordHash, () => endSessions(user.id))
    })
  }

  /**
   * @param user as the session tells
   * @param endSessions ends the account's other sessions
   * @throws AppError PASSWORD_WRONG, PASSWORD_TOO_COMMON, BUSY; what the database, `inTurn` or `endSessions` threw
   */
  async changePassword(
    user: User,
    form: PasswordChange,
    inTurn: PasswordTurn,
    endSessions: () => Promise<void>,
  ): Promise<void> {
    await this.#confirm(user, form.old_password, inTurn)
    const passwordHash = await this.#hashNew(form.password, user)
    // The one that was confirmed is no longer the present one.
    if (!(await this.#users.changePassword(user, passwordHash))) throw new AppError('PASSWORD_WRONG')
    await this.#orPutBack(user, passwordHash, endSessions)
  }

  /**
   * The password is looked at before the code: whoever has only the session gets no tries at either.
   *
   * @param user as the session tells
   * @param time how long to wait for Redis
   * @throws AppError PASSWORD_WRONG, SMS_CODE_EXPIRED, SMS_CODE_WRONG, MOBILE_TAKEN, BUSY; RedisLate; what Redis, the
   *   database or `inTurn` threw
   */
  async changeMobile(user: User, form: MobileChange, inTurn: PasswordTurn, time: RedisTime): Promise<void> {
    await this.#confirm(user, form.password, inTurn)
    await this.#codes.use('mobile', form, time, async () => {
      if (!(await this.#users.setMobile(user.id, form.mobile))) throw new AppError('MOBILE_TAKEN')
    })
  }

  async #confirm(user: User, password: string, inTurn: PasswordTurn): Promise<void> {
    const isRight = await inTurn(() => this.#hasher.verify(password, user.passwordHash))
    if (!isRight) throw new AppError('PASSWORD_WRONG')
  }

  /** The form has been checked without the account's name. */
  async #hashNew(password: string, user: User): Promise<string> {
    if (this.#rules.isGuessable(password, user)) throw new AppError('PASSWORD_TOO_COMMON')
    return this.#hasher.hash(password)
  }

  /** Does what must follow a new password, else puts the old one back. */
  async #orPutBack(user: User, newHash: string, follow: () => Promise<void>): Promise<void> {
    try {
      await follow()
    } catch (error) {
      await this.#putBack(user, newHash)
      throw error
    }
  }

  async #putBack({ id, passwordHash, passwordChangedAt }: User, newHash: string): Promise<void> {
    try {
      await this.#users.replaceHash(id, { from: newHash, to: passwordHash }, { changedAt: passwordChangedAt })
    } catch (error) {
      this.#logger.warn({ userId: id, ...describeError(error) }, 'a new password that failed could not be undone')
    }
  }
}
