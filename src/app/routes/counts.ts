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
}

const COUNT_MOBILE: RouteDescription = {
  method: 'GET',
  path: '/mobiles/:mobile/count',
  operationId: 'countMobile',
  tag: 'accounts',
  summary: 'Tells whether a mobile is registered',
  form: MOBILE_PARAMETER,
  answer: COUNT,
}

/** `GET /usernames/:username/count` and `GET /mobiles/:mobile/count`: how many accounts have it, 0 or 1. */
export function addCountRoutes(router: DescribedRouter, { users }: { users: Users }): void {
  router.add(COUNT_USERNAME, async (ctx) => {
    const { username } = checkForm(USERNAME_PARAMETER, ctx.params)
    answerOk(ctx, { count: await users.countByUsername(username) })
  })

  router.add(COUNT_MOBILE, async (ctx) => {
    const { mobile } = checkForm(MOBILE_PARAMETER, ctx.params)
    answerOk(ctx, { count: await users.countByMobile(mobile) })
  })
}
