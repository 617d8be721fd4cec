import type { Router } from '@koa/router'
import { answerOk } from '../answers.ts'
import { MOBILE_PARAMETER, USERNAME_PARAMETER, checkForm } from '../forms.ts'
import type { Users } from '../users.ts'

/** `GET /usernames/:username/count` and `GET /mobiles/:mobile/count`: how many accounts have it, 0 or 1. */
export function addCountRoutes(router: Router, { users }: { users: Users }): void {
  router.get('/usernames/:username/count', async (ctx) => {
    const { username } = checkForm(USERNAME_PARAMETER, ctx.params)
    answerOk(ctx, { count: await users.countByUsername(username) })
  })

  router.get('/mobiles/:mobile/count', async (ctx) => {
    const { mobile } = checkForm(MOBILE_PARAMETER, ctx.params)
    answerOk(ctx, { count: await users.countByMobile(mobile) })
  })
}
