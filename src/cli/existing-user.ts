import { findAccount } from '../app/find-account.ts'
import type { User, Users } from '../app/users.ts'
import { CommandError } from './command-error.ts'

/**
 * The account that somebody named on the command line.
 *
 * @param text its username, its mobile, or its number as `id:7`. It may be a mobile, and is not repeated
 * @throws CommandError where there is none
 */
export async function existingUser(users: Users, text: string): Promise<User> {
  const user = await findAccount(users, text)
  if (user === undefined) throw new CommandError('there is no such account')
  return user
}
