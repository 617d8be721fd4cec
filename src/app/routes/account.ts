import type { Router } from '@koa/router'
import type Koa from 'koa'
import type { AccountChanges, PasswordTurn } from '../account-changes.ts'
import { answerOk } from '../answers.ts'
import { currentAccount } from '../current-account.ts'
import { MOBILE_CHANGE, PASSWORD_CHANGE, PASSWORD_RESET, checkForm, withPasswordRules } from '../forms.ts'
import type { LoginDelays } from '../login-delays.ts'
import type { PasswordRules } from '../password-rules.ts'
import { redisTimeOf } from '../redis-time.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { User, Users } from '../users.ts'

/**
 * `POST /password/reset {mobile, sms_code, password, password2}`: sets a password that was forgotten, and ends all
 * sessions of the account. It does not log in.
 *
 * `PUT /password {old_password, password, password2}`: sets another password, and ends the account's other sessions.
 *
 * `PUT /mobile {mobile, sms_code, password}`: sets another mobile.
 */
export function addAccountRoutes(
  router: Router,
  parts: {
    changes: AccountChanges
    rules: PasswordRules
    users: Users
    sessions: Sessions
    delays: LoginDelays
    readJson: Koa.Middleware
  },
): void {
  const { changes, users, sessions, delays, readJson } = parts
  const resetForm = withPasswordRules(PASSWORD_RESET, parts.rules)
  const changeForm = withPasswordRules(PASSWORD_CHANGE, parts.rules)

  router.post('/password/reset', readJson, async (ctx) => {
    const form = checkForm(resetForm, ctx.request.body)
    const time = redisTimeOf(ctx)
    await changes.resetPassword(form, time, (userId) => time.spend(() => sessions.endAll(userId)))
    answerOk(ctx)
  })

  router.put('/password', readJson, sessions.open, async (ctx) => {
    const user = await currentAccount(ctx, { sessions, users })
    const form = checkForm(changeForm, ctx.request.body)
    await changes.changePassword(user, form, turnOf(ctx, user), () => sessions.endOthers(ctx, user.id))
    answerOk(ctx)
  })

  router.put('/mobile', readJson, sessions.open, async (ctx) => {
    const user = await currentAccount(ctx, { sessions, users })
    const form = checkForm(MOBILE_CHANGE, ctx.request.body)
    await changes.changeMobile(user, form, turnOf(ctx, user), redisTimeOf(ctx))
    answerOk(ctx)
  })

  /** Who guesses the present password is slowed down as at the login. */
  function turnOf(ctx: Koa.Context, { id, username }: User): PasswordTurn {
    return async (isRight) => {
      const right = await delays.check(ctx, { name: username, userId: id }, async () => (await isRight()) || null)
      return right !== null
    }
  }
}
