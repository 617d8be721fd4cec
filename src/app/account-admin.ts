import { NO_PASSWORD } from './password-hasher.ts'
import type { User, Users } from './users.ts'

/**
 * What somebody who runs the service does to an account.
 *
 * The account is changed first, then its sessions are ended: whoever logs in just then finds the change, or is ended. Each
 * may be done again, which ends what sessions there are by then.
 */
export class AccountAdmin {
  readonly #users: Users
  readonly #endSessions: (userId: number) => Promise<void>

  /** @param endSessions ends all sessions of an account */
  constructor(users: Users, endSessions: (userId: number) => Promise<void>) {
    this.#users = users
    this.#endSessions = endSessions
  }

  /** Nobody logs in to it any more, and no message is sent to it. @returns whether that is new */
  async disable({ id }: User): Promise<boolean> {
    const changed = await this.#users.setDisabled(id, true)
    await this.#endSessions(id)
    return changed
  }

  /** @returns whether that is new */
  async enable({ id }: User): Promise<boolean> {
    return this.#users.setDisabled(id, false)
  }

  /** From now on no password is right, until one is set with a code sent to its mobile. */
  async resetPassword({ id }: User): Promise<void> {
    await this.#users.setPassword(id, NO_PASSWORD)
    await this.#endSessions(id)
  }
}

/** Whether an account has a password, or waits for one. */
export function hasPassword({ passwordHash }: User): boolean {
  return passwordHash !== NO_PASSWORD
}
