import type { Router } from '@koa/router'
import type Koa from 'koa'
import { answerOk } from '../answers.ts'
import { MOBILE_PARAMETER, USERNAME_PARAMETER, checkForm } from '../forms.ts'
import type { Users } from '../users.ts'

/**
 * `GET /usernames/:username/count` and `GET /mobiles/:mobile/count`: how many accounts have it, 0 or 1.
 *
 * @param parts.budget comes before both
 * @param parts.revealMobiles false: the second one is always 0, so that nobody can find out who has an account
 */
export function addCountRoutes(
  router: Router,
  { users, budget, revealMobiles }: { users: Users; budget: Koa.Middleware; revealMobiles: boolean },
): void {
  router.get('/usernames/:username/count', budget, async (ctx) => {
    const { username } = checkForm(USERNAME_PARAMETER, ctx.params)
    answerOk(ctx, { count: await users.countByUsername(username) })
  })

  router.get('/mobiles/:mobile/count', budget, async (ctx) => {
    const { mobile } = checkForm(MOBILE_PARAMETER, ctx.params)
    answerOk(ctx, { count: revealMobiles ? await users.countByMobile(mobile) : 0 })
  })
}
