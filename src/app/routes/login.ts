import { maskMobile } from '../../sms/mask.ts'
import { answerOk } from '../answers.ts'
import { AppError } from '../errors.ts'
import { LOGIN, checkForm, isMobile, isUsername } from '../forms.ts'
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
  errors: ['LOGIN_WRONG', 'BUSY'],
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
  { users, hasher, sessions }: { users: Users; hasher: PasswordHasher; sessions: Sessions },
): void {
  router.add(LOG_IN, async (ctx) => {
    const { username, password, remembered } = checkForm(LOGIN, ctx.request.body)
    const user = await find(username)
    // Also for an unknown name, so that neither the answer nor its time tells whether there is such an account.
    const matches = await hasher.verify(password, user?.passwordHash)
    if (user === undefined || !matches) throw new AppError('LOGIN_WRONG')
    await sessions.logIn(ctx, user, { remembered })
    answerOk(ctx)
  })

  for (const route of [LOG_OUT, LOG_OUT_BY_POST]) {
    router.add(route, async (ctx) => {
      await sessions.logOut(ctx)
      answerOk(ctx)
    })
  }

  router.add(INFO, async (ctx) => {
    const userId = sessions.userId(ctx)
    const user = userId === undefined ? undefined : await users.findById(userId)
    if (user === undefined) throw new AppError('LOGIN_REQUIRED')
    answerOk(ctx, { info_data: { username: user.username, mobile: maskMobile(user.mobile) } })
  })

  /** What has neither form is not looked up: no account has it, and a database may not even take its characters. */
  async function find(name: string): Promise<User | undefined> {
    if (isMobile(name)) return users.findByMobile(name)
    return isUsername(name) ? users.findByUsername(name) : undefined
  }
}
