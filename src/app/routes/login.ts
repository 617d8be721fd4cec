import type { Router } from '@koa/router'
import type Koa from 'koa'
import { maskMobile } from '../../sms/mask.ts'
import { answerOk } from '../answers.ts'
import { currentAccount } from '../current-account.ts'
import { AppError } from '../errors.ts'
import { findByName } from '../find-account.ts'
import { LOGIN, checkForm } from '../forms.ts'
import type { HashUpgrades } from '../hash-upgrades.ts'
import type { LoginDelays } from '../login-delays.ts'
import type { PasswordHasher } from '../password-hasher.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { User, Users } from '../users.ts'

/** `POST /login`, `DELETE /logout` (and `POST`), `GET /info`. */
export function addLoginRoutes(
  router: Router,
  parts: {
    users: Users
    hasher: PasswordHasher
    upgrades: HashUpgrades
    sessions: Sessions
    delays: LoginDelays
    readJson: Koa.Middleware
    budget: Koa.Middleware
  },
): void {
  const { users, hasher, upgrades, sessions, delays, readJson, budget } = parts

  router.post('/login', budget, readJson, sessions.open, async (ctx) => {
    const { username, password, remembered } = checkForm(LOGIN, ctx.request.body)
    const user = await findByName(users, username)
    const login = await delays.check(ctx, { name: username, userId: user?.id }, async () => {
      // Also for an unknown name, so that neither the answer nor its time tells whether there is such an account.
      const match = await hasher.findMatch(password, user?.passwordHash)
      return user === undefined || match === null || user.disabledAt !== null ? null : { user, match }
    })
    if (login === null) throw new AppError('LOGIN_WRONG')
    await sessions.logIn(ctx, login.user, { remembered })
    await endIfChanged(ctx, login.user)
    delays.rememberDevice(ctx, login.user.id)
    void upgrades.run(login.user, login.match)
    answerOk(ctx)
  })

  router.register(
    '/logout',
    ['DELETE', 'POST'],
    [
      sessions.open,
      async (ctx) => {
        await sessions.logOut(ctx)
        answerOk(ctx)
      },
    ],
  )

  router.get('/info', sessions.open, async (ctx) => {
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
    if (!unchanged) throw new AppError('LOGIN_WRONG')
  }
}
