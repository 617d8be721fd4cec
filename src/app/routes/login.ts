import type { RouterMiddleware } from '@koa/router'
import type Koa from 'koa'
import { maskMobile } from '../../sms/mask.ts'
import { answerOk } from '../answers.ts'
import { auditOf } from '../audit/request-audit.ts'
import { currentAccount } from '../current-account.ts'
import { AppError } from '../errors.ts'
import { findByName } from '../find-account.ts'
import { LOGIN, checkForm, isMobile } from '../forms.ts'
import type { HashUpgrades } from '../hash-upgrades.ts'
import type { LoginDelays } from '../login-delays.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { okAnswer, type RouteDescription } from '../openapi/route-description.ts'
import type { PasswordHasher } from '../password-hasher.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { User, Users } from '../users.ts'

const LOG_IN: RouteDescription = {
  method: 'POST',
  path: '/login',
  operationId: 'logIn',
  tag: 'session',
  summary: 'Logs in, by username or mobile',
  details: 'For 14 days when `remembered`, else until the browser closes. A session that there is ends.',
  form: LOGIN,
  session: 'used',
  answer: okAnswer(),
  errors: ['LOGIN_WRONG', 'TOO_MANY_REQUESTS'],
}

const LOG_OUT: RouteDescription = {
  method: 'DELETE',
  path: '/logout',
  operationId: 'logOut',
  tag: 'session',
  summary: 'Ends the session, if there is one, and clears the cookies',
  session: 'used',
  answer: okAnswer(),
}

const LOG_OUT_BY_POST: RouteDescription = { ...LOG_OUT, method: 'POST', operationId: 'logOutByPost' }

const INFO: RouteDescription = {
  method: 'GET',
  path: '/info',
  operationId: 'readInfo',
  tag: 'session',
  summary: 'Tells who is logged in',
  session: 'required',
  answer: okAnswer({
    info_data: {
      type: 'object',
      properties: {
        username: { type: 'string' },
        mobile: { type: 'string', description: 'Masked', examples: ['138****0000'] },
      },
      required: ['username', 'mobile'],
    },
  }),
}

/** `POST /login`, `DELETE /logout` (and `POST`), `GET /info`. */
export function addLoginRoutes(
  router: DescribedRouter,
  parts: {
    users: Users
    hasher: PasswordHasher
    upgrades: HashUpgrades
    sessions: Sessions
    delays: LoginDelays
    budget: RouterMiddleware
  },
): void {
  const { users, hasher, upgrades, sessions, delays, budget } = parts

  router.add(LOG_IN, budget, async (ctx) => {
    const { username, password, remembered } = checkForm(LOGIN, ctx.request.body)
    const audit = auditOf(ctx)
    if (isMobile(username)) audit.noteMobile(username)
    const user = await findByName(users, username)
    if (user !== undefined) audit.noteUser(user)
    const login = await delays.check(ctx, { name: username, userId: user?.id }, async () => {
      // Also for an unknown name, so that neither the answer nor its time tells whether there is such an account.
      const match = await hasher.findMatch(password, user?.passwordHash)
      return user === undefined || match === null || user.disabledAt !== null ? null : { user, match }
    })
    if (login === null)
      throw new AppError('LOGIN_WRONG', { by: user?.disabledAt instanceof Date ? 'disabled' : undefined })
    await sessions.logIn(ctx, login.user, { remembered })
    await endIfChanged(ctx, login.user)
    delays.rememberDevice(ctx, login.user.id)
    audit.tell('authn_login_success')
    void upgrades.run(login.user, login.match)
    answerOk(ctx)
  })

  for (const route of [LOG_OUT, LOG_OUT_BY_POST]) {
    router.add(route, async (ctx) => {
      const userId = sessions.userId(ctx)
      await sessions.logOut(ctx)
      if (userId !== undefined) {
        auditOf(ctx).noteUserId(userId)
        auditOf(ctx).tell('session_expired', 'logout')
      }
      answerOk(ctx)
    })
  }

  router.add(INFO, async (ctx) => {
    const user = await currentAccount(ctx, { sessions, users })
    answerOk(ctx, { info_data: { username: user.username, mobile: maskMobile(user.mobile) } })
  })

  /**
   * Ends the session that has just begun unless the account is still as it was when the password was checked. Whoever sets a
   * password or disables an account ends its sessions after that; this session may have begun too late to be among them.
   */
  async function endIfChanged(ctx: Koa.Context, { id, passwordChangedAt }: User): Promise<void> {
    let unchanged = false
    try {
      const now = await users.findById(id)
      unchanged = now?.disabledAt === null && now.passwordChangedAt?.getTime() === passwordChangedAt?.getTime()
    } finally {
      if (!unchanged) await sessions.logOut(ctx)
    }
    if (!unchanged) throw new AppError('LOGIN_WRONG', { by: 'changed meanwhile' })
  }
}
