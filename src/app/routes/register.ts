import { answerOk } from '../answers.ts'
import { auditOf } from '../audit/request-audit.ts'
import { REGISTRATION, checkForm, withPasswordRules } from '../forms.ts'
import type { LoginDelays } from '../login-delays.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { okAnswer, type RouteDescription } from '../openapi/route-description.ts'
import type { PasswordRules } from '../password-rules.ts'
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
  errors: ['SMS_CODE_EXPIRED', 'SMS_CODE_WRONG', 'USERNAME_TAKEN', 'MOBILE_TAKEN', 'TOO_MANY_REQUESTS'],
}

/** `POST /register`: creates an account and logs it in, remembered. */
export function addRegisterRoutes(
  router: DescribedRouter,
  parts: { registrar: Registrar; rules: PasswordRules; sessions: Sessions; delays: LoginDelays },
): void {
  const { registrar, sessions, delays } = parts
  const registration = withPasswordRules(REGISTRATION, parts.rules)

  router.add({ ...REGISTER, form: registration }, async (ctx) => {
    const form = checkForm(registration, ctx.request.body)
    const audit = auditOf(ctx)
    audit.noteMobile(form.mobile)
    await registrar.register(form, redisTimeOf(ctx), async (user) => {
      await sessions.logIn(ctx, user, { remembered: true })
      delays.rememberDevice(ctx, user.id)
      audit.noteUser(user)
    })
    audit.tell('user_created')
    answerOk(ctx)
  })
}
