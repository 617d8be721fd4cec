import type { Router } from '@koa/router'
import type Koa from 'koa'
import { answerOk } from '../answers.ts'
import { REGISTRATION, checkForm, withPasswordRules } from '../forms.ts'
import type { LoginDelays } from '../login-delays.ts'
import type { PasswordRules } from '../password-rules.ts'
import { redisTimeOf } from '../redis-time.ts'
import type { Registrar } from '../registrar.ts'
import type { Sessions } from '../sessions/sessions.ts'

/** `POST /register`: creates an account and logs it in, remembered. */
export function addRegisterRoutes(
  router: Router,
  parts: {
    registrar: Registrar
    rules: PasswordRules
    sessions: Sessions
    delays: LoginDelays
    readJson: Koa.Middleware
  },
): void {
  const { registrar, sessions, delays, readJson } = parts
  const registration = withPasswordRules(REGISTRATION, parts.rules)

  router.post('/register', readJson, sessions.open, async (ctx) => {
    const form = checkForm(registration, ctx.request.body)
    await registrar.register(form, redisTimeOf(ctx), async (user) => {
      await sessions.logIn(ctx, user, { remembered: true })
      delays.rememberDevice(ctx, user.id)
    })
    answerOk(ctx)
  })
}
