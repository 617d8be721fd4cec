import { isMobile, isUsername } from './forms.ts'
import type { User, Users } from './users.ts'

/** Names an account by its number. No username holds a colon. */
const byNumber = /^id:([1-9]\d{0,8})$/

/**
 * Finds an account by its username or its mobile. What has neither form is not looked up: no account has it, and a
 * database may not even take its characters.
 *
 * @param name any text, in NFKC
 */
export async function findByName(users: Users, name: string): Promise<User | undefined> {
  if (isMobile(name)) return users.findByMobile(name)
  return isUsername(name) ? users.findByUsername(name) : undefined
}

/** The same, or by its number as `id:7`. @param text as somebody typed it */
export async function findAccount(users: Users, text: string): Promise<User | undefined> {
  const [, number] = byNumber.exec(text) ?? []
  return number === undefined ? findByName(users, text.normalize('NFKC')) : users.findById(Number(number))
}
