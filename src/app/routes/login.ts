import type { Router } from '@koa/router'
import type Koa from 'koa'
import { maskMobile } from '../../sms/mask.ts'
import { answerOk } from '../answers.ts'
import { AppError } from '../errors.ts'
import { LOGIN, checkForm, isMobile, isUsername } from '../forms.ts'
import type { LoginDelays } from '../login-delays.ts'
import type { PasswordHasher } from '../password-hasher.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { User, Users } from '../users.ts'

/** `POST /login`, `DELETE /logout` (and `POST`), `GET /info`. */
export function addLoginRoutes(
  router: Router,
  parts: { users: Users; hasher: PasswordHasher; sessions: Sessions; delays: LoginDelays; readJson: Koa.Middleware },
): void {
  const { users, hasher, sessions, delays, readJson } = parts

  router.post('/login', readJson, sessions.open, async (ctx) => {
    const { username, password, remembered } = checkForm(LOGIN, ctx.request.body)
    const user = await find(username)
    // Also for an unknown name, so that neither the answer nor its time tells whether there is such an account.
    const who = { name: username, userId: user?.id }
    const matches = await delays.check(ctx, who, () => hasher.verify(password, user?.passwordHash))
    if (user === undefined || !matches) throw new AppError('LOGIN_WRONG')
    await sessions.logIn(ctx, user, { remembered })
    await endUnlessRight(ctx, user, password)
    delays.rememberDevice(ctx, user.id)
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
    const userId = sessions.userId(ctx)
    const user = userId === undefined ? undefined : await users.findById(userId)
    if (user === undefined) throw new AppError('LOGIN_REQUIRED')
    answerOk(ctx, { info_data: { username: user.username, mobile: maskMobile(user.mobile) } })
  })

  /**
   * Ends the session that has just begun if the password is not right any more. Whoever changes it, and then ends all sessions, may
   * have done so since the account was read: either this sees the change, or the session was there to be ended.
   */
  async function endUnlessRight(ctx: Koa.Context, { id, passwordHash }: User, password: string): Promise<void> {
    let right = false
    try {
      const now = await users.findById(id)
      right = now?.passwordHash === passwordHash || (await hasher.verify(password, now?.passwordHash))
    } finally {
      if (!right) await sessions.logOut(ctx)
    }
    if (!right) throw new AppError('LOGIN_WRONG')
  }

  /** What has neither form is not looked up: no account has it, and a database may not even take its characters. */
  async function find(name: string): Promise<User | undefined> {
    if (isMobile(name)) return users.findByMobile(name)
    return isUsername(name) ? users.findByUsername(name) : undefined
  }
}
