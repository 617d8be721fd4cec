import type { RouterMiddleware } from '@koa/router'
import { answerOk } from '../answers.ts'
import { MOBILE_PARAMETER, USERNAME_PARAMETER, checkForm } from '../forms.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { okAnswer, type RouteDescription } from '../openapi/route-description.ts'
import type { Users } from '../users.ts'

const COUNT = okAnswer({ count: { type: 'integer', enum: [0, 1], description: 'How many accounts have it' } })

const COUNT_USERNAME: RouteDescription = {
  method: 'GET',
  path: '/usernames/:username/count',
  operationId: 'countUsername',
  tag: 'accounts',
  summary: 'Tells whether a username is taken',
  form: USERNAME_PARAMETER,
  answer: COUNT,
  errors: ['TOO_MANY_REQUESTS'],
}

const COUNT_MOBILE: RouteDescription = {
  method: 'GET',
  path: '/mobiles/:mobile/count',
  operationId: 'countMobile',
  tag: 'accounts',
  summary: 'Tells whether a mobile is registered',
  details: 'Always 0 where the service is set not to tell.',
  form: MOBILE_PARAMETER,
  answer: COUNT,
  errors: ['TOO_MANY_REQUESTS'],
}

/**
 * `GET /usernames/:username/count` and `GET /mobiles/:mobile/count`: how many accounts have it, 0 or 1.
 *
 * @param parts.budget comes before both
 * @param parts.revealMobiles false: the second one is always 0, so that nobody can find out who has an account
 */
export function addCountRoutes(
  router: DescribedRouter,
  { users, budget, revealMobiles }: { users: Users; budget: RouterMiddleware; revealMobiles: boolean },
): void {
  router.add(COUNT_USERNAME, budget, async (ctx) => {
    const { username } = checkForm(USERNAME_PARAMETER, ctx.params)
    answerOk(ctx, { count: await users.countByUsername(username) })
  })

  router.add(COUNT_MOBILE, budget, async (ctx) => {
    const { mobile } = checkForm(MOBILE_PARAMETER, ctx.params)
    answerOk(ctx, { count: revealMobiles ? await users.countByMobile(mobile) : 0 })
  })
}
