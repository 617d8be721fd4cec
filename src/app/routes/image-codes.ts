import type { RouterMiddleware } from '@koa/router'
import type { Captchas } from '../captcha/captchas.ts'
import { UUID_PARAMETER, checkForm } from '../forms.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import type { RouteDescription } from '../openapi/route-description.ts'
import { redisTimeOf } from '../redis-time.ts'

const DRAW_CAPTCHA: RouteDescription = {
  method: 'GET',
  path: '/image_codes/:uuid',
  operationId: 'drawCaptcha',
  tag: 'captcha',
  summary: 'The picture of a new captcha',
  details: 'Bound to the id, which the page has made. An earlier one of that id can no longer be answered.',
  form: UUID_PARAMETER,
  answer: { description: 'The picture', mediaType: 'image/png' },
  errors: ['TOO_MANY_REQUESTS'],
}

/** `GET /image_codes/:uuid`: the picture of a new captcha, bound to an id that the page has made. */
export function addImageCodeRoutes(
  router: DescribedRouter,
  { captchas, budget }: { captchas: Captchas; budget: RouterMiddleware },
): void {
  router.add(DRAW_CAPTCHA, budget, async (ctx) => {
    const { uuid } = checkForm(UUID_PARAMETER, ctx.params)
    const picture = await captchas.issue(uuid, redisTimeOf(ctx))
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'png'
    ctx.body = picture
  })
}
