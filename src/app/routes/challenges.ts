import type { Router } from '@koa/router'
import type { Proofs } from '../captcha/proofs.ts'
import { answerOk } from '../answers.ts'

/** `GET /captcha/challenge`: a new challenge for a proof of work, the captcha without a picture. */
export function addChallengeRoutes(router: Router, { proofs }: { proofs: Proofs }): void {
  router.get('/captcha/challenge', async (ctx) => {
    const challenge = await proofs.challenge()
    ctx.set('Cache-Control', 'no-store')
    answerOk(ctx, { challenge })
  })
}
