import { answerOk } from '../answers.ts'
import { REGISTRATION, checkForm } from '../forms.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { okAnswer, type RouteDescription } from '../openapi/route-description.ts'
import { redisTimeOf } from '../redis-time.ts'
import type { Registrar } from '../registrar.ts'
import type { Sessions } from '../sessions/sessions.ts'

const REGISTER: RouteDescription = {
  method: 'POST',
  path: '/register',
  operationId: 'register',
  tag: 'accounts',
  summary: 'Creates an account and logs it in, remembered',
  details: 'Uses the code up. Where a name or mobile is taken, the code is still good for another try.',
  form: REGISTRATION,
  session: 'used',
  answer: okAnswer(),
  errors: ['SMS_CODE_EXPIRED', 'SMS_CODE_WRONG', 'USERNAME_TAKEN', 'MOBILE_TAKEN', 'BUSY'],
}

/** `POST /register`: creates an account and logs it in, remembered. */
export function addRegisterRoutes(
  router: DescribedRouter,
  { registrar, sessions }: { registrar: Registrar; sessions: Sessions },
): void {
  router.add(REGISTER, async (ctx) => {
    const form = checkForm(REGISTRATION, ctx.request.body)
    await registrar.register(form, redisTimeOf(ctx), (user) => sessions.logIn(ctx, user, { remembered: true }))
    answerOk(ctx)
  })
}
