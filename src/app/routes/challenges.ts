import type { Router } from '@koa/router'
import type Koa from 'koa'
import type { Proofs } from '../captcha/proofs.ts'
import { answerOk } from '../answers.ts'

/** `GET /captcha/challenge`: a new challenge for a proof of work, the captcha without a picture. */
export function addChallengeRoutes(
  router: Router,
  { proofs, budget }: { proofs: Proofs; budget: Koa.Middleware },
): void {
  router.get('/captcha/challenge', budget, async (ctx) => {
    const challenge = await proofs.challenge()
    ctx.set('Cache-Control', 'no-store')
    answerOk(ctx, { challenge })
  })
}
