import type { Router } from '@koa/router'
import type Koa from 'koa'
import type { Captchas } from '../captcha/captchas.ts'
import { UUID_PARAMETER, checkForm } from '../forms.ts'
import { redisTimeOf } from '../redis-time.ts'

/** `GET /image_codes/:uuid`: the picture of a new captcha, bound to an id that the page has made. */
export function addImageCodeRoutes(
  router: Router,
  { captchas, budget }: { captchas: Captchas; budget: Koa.Middleware },
): void {
  router.get('/image_codes/:uuid', budget, async (ctx) => {
    const { uuid } = checkForm(UUID_PARAMETER, ctx.params)
    const picture = await captchas.issue(uuid, redisTimeOf(ctx))
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'png'
    ctx.body = picture
  })
}
