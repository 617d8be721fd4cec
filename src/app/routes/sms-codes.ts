import type { Router } from '@koa/router'
import type Koa from 'koa'
import { answerOk } from '../answers.ts'
import { currentAccount } from '../current-account.ts'
import { clientAddressOf } from '../client-address.ts'
import { AppError } from '../errors.ts'
import { SMS_CODE_REQUEST, checkForm } from '../forms.ts'
import { redisTimeOf } from '../redis-time.ts'
import { noteTask } from '../request-log.ts'
import type { SentMessages } from '../sent-messages.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { SmsCodeSender } from '../sms-code-sender.ts'
import type { Users } from '../users.ts'

/**
 * `POST /sms_codes`, and the course's own form of it, `GET /sms_codes/:mobile?image_code=&image_code_id=`.
 *
 * A code for another mobile of an account is sent to that mobile, and to nobody who is not logged in. It is sent also
 * where an account has the mobile: only who can read the message is told so, by `PUT /mobile`.
 *
 * `GET /sms_codes/status/:task_id` tells what became of a message.
 *
 * @param parts.refuseForeignSites guards the second one: any page could put its address into a picture
 */
export function addSmsCodeRoutes(
  router: Router,
  parts: {
    sender: SmsCodeSender
    sent: SentMessages
    sessions: Sessions
    users: Users
    readJson: Koa.Middleware
    refuseForeignSites: Koa.Middleware
  },
): void {
  const { sender, sent, sessions, users, readJson, refuseForeignSites } = parts

  router.post('/sms_codes', readJson, async (ctx) => answer(ctx, ctx.request.body))

  router.get('/sms_codes/:mobile', refuseForeignSites, async (ctx) =>
    answer(ctx, { ...ctx.query, mobile: ctx.params['mobile'] }),
  )

  router.get('/sms_codes/status/:task_id', async (ctx) => {
    const status = await redisTimeOf(ctx).spend(() => sent.status(ctx.params['task_id'] ?? ''))
    if (status === null) throw new AppError('NOT_FOUND')
    answerOk(ctx, { status })
  })

  async function answer(ctx: Koa.Context, input: unknown): Promise<void> {
    const request = checkForm(SMS_CODE_REQUEST, input)
    // Opened here, as no other purpose needs the sessions' Redis.
    if (request.purpose === 'mobile') {
      await sessions.open(ctx, async () => void (await currentAccount(ctx, { sessions, users })))
    }
    const sent = await sender.send(request, clientAddressOf(ctx), redisTimeOf(ctx))
    noteTask(ctx, sent.taskId)
    answerOk(ctx, { task_id: sent.taskId, retry_after: sent.retryAfterSeconds })
  }
}
