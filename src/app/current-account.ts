import type Koa from 'koa'
import { auditOf } from './audit/request-audit.ts'
import { AppError } from './errors.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { User, Users } from './users.ts'

/**
 * The account that is logged in, for routes that have opened the session.
 *
 * @throws AppError LOGIN_REQUIRED, also where the account is gone or has been disabled
 */
export async function currentAccount(
  ctx: Koa.Context,
  { sessions, users }: { sessions: Sessions; users: Users },
): Promise<User> {
  const userId = sessions.userId(ctx)
  const user = userId === undefined ? undefined : await users.findById(userId)
  if (user !== undefined) auditOf(ctx).noteUser(user)
  if (user === undefined || user.disabledAt !== null) throw new AppError('LOGIN_REQUIRED')
  return user
}
