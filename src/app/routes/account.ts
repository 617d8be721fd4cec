import type Koa from 'koa'
import { maskMobile } from '../../sms/mask.ts'
import type { AccountChanges, PasswordTurn } from '../account-changes.ts'
import { answerOk } from '../answers.ts'
import { auditOf } from '../audit/request-audit.ts'
import { currentAccount } from '../current-account.ts'
import { MOBILE_CHANGE, PASSWORD_CHANGE, PASSWORD_RESET, checkForm, withPasswordRules } from '../forms.ts'
import type { LoginDelays } from '../login-delays.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { okAnswer, type RouteDescription } from '../openapi/route-description.ts'
import { PASSWORD_PROFILES, type PasswordRules } from '../password-rules.ts'
import { redisTimeOf } from '../redis-time.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { User, Users } from '../users.ts'

const READ_PASSWORD_RULES: RouteDescription = {
  method: 'GET',
  path: '/password/rules',
  operationId: 'readPasswordRules',
  tag: 'accounts',
  summary: 'Tells which passwords may be set',
  details: `\`compat\`: 8 to 20 letters, digits or underscores. \`strict\`: 8 to 64 characters of any kind, none that is easily guessed.
Both: no more than 72 bytes of UTF-8.`,
  answer: okAnswer({ profile: { type: 'string', enum: PASSWORD_PROFILES } }),
}

const RESET_PASSWORD: RouteDescription = {
  method: 'POST',
  path: '/password/reset',
  operationId: 'resetPassword',
  tag: 'accounts',
  summary: 'Sets a password that was forgotten, by a code for `reset`',
  details: 'Uses the code up, and ends all sessions of the account. It does not log in.',
  form: PASSWORD_RESET,
  answer: okAnswer(),
  errors: ['SMS_CODE_EXPIRED', 'SMS_CODE_WRONG', 'TOO_MANY_REQUESTS'],
}

const CHANGE_PASSWORD: RouteDescription = {
  method: 'PUT',
  path: '/password',
  operationId: 'changePassword',
  tag: 'accounts',
  summary: 'Sets another password, and ends the other sessions',
  details: 'This session gets a new cookie. Wrong tries at the present password are slowed down as at the login.',
  form: PASSWORD_CHANGE,
  session: 'required',
  answer: okAnswer(),
  errors: ['PASSWORD_WRONG', 'TOO_MANY_REQUESTS'],
}

const CHANGE_MOBILE: RouteDescription = {
  method: 'PUT',
  path: '/mobile',
  operationId: 'changeMobile',
  tag: 'accounts',
  summary: 'Sets another mobile, by a code for `mobile`',
  details: 'Uses the code up. Wrong tries at the present password are slowed down as at the login.',
  form: MOBILE_CHANGE,
  session: 'required',
  answer: okAnswer(),
  errors: ['PASSWORD_WRONG', 'SMS_CODE_EXPIRED', 'SMS_CODE_WRONG', 'MOBILE_TAKEN', 'TOO_MANY_REQUESTS'],
}

/**
 * `GET /password/rules`: tells which passwords may be set, for pages that say so before one is sent.
 *
 * `POST /password/reset {mobile, sms_code, password, password2}`: sets a password that was forgotten, and ends all
 * sessions of the account. It does not log in.
 *
 * `PUT /password {old_password, password, password2}`: sets another password, and ends the account's other sessions.
 *
 * `PUT /mobile {mobile, sms_code, password}`: sets another mobile.
 */
export function addAccountRoutes(
  router: DescribedRouter,
  parts: {
    changes: AccountChanges
    rules: PasswordRules
    users: Users
    sessions: Sessions
    delays: LoginDelays
  },
): void {
  const { changes, users, sessions, delays } = parts
  const resetForm = withPasswordRules(PASSWORD_RESET, parts.rules)
  const changeForm = withPasswordRules(PASSWORD_CHANGE, parts.rules)

  router.add(READ_PASSWORD_RULES, (ctx) => answerOk(ctx, { profile: parts.rules.profile }))

  router.add({ ...RESET_PASSWORD, form: resetForm }, async (ctx) => {
    const form = checkForm(resetForm, ctx.request.body)
    const audit = auditOf(ctx)
    audit.noteMobile(form.mobile)
    const time = redisTimeOf(ctx)
    await changes.resetPassword(form, time, {
      isOf: (user) => audit.noteUser(user),
      endSessions: (userId) => time.spend(() => sessions.endAll(userId)),
    })
    audit.tell('authn_password_change', 'reset')
    answerOk(ctx)
  })

  router.add({ ...CHANGE_PASSWORD, form: changeForm }, async (ctx) => {
    const user = await currentAccount(ctx, { sessions, users })
    const form = checkForm(changeForm, ctx.request.body)
    await changes.changePassword(user, form, turnOf(ctx, user), () => sessions.endOthers(ctx, user.id))
    auditOf(ctx).tell('authn_password_change', 'changed')
    answerOk(ctx)
  })

  router.add(CHANGE_MOBILE, async (ctx) => {
    const user = await currentAccount(ctx, { sessions, users })
    const form = checkForm(MOBILE_CHANGE, ctx.request.body)
    const audit = auditOf(ctx)
    audit.noteMobile(form.mobile)
    await changes.changeMobile(user, form, turnOf(ctx, user), redisTimeOf(ctx))
    audit.tell('user_updated', `mobile, was ${maskMobile(user.mobile)}`)
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
