import type Koa from 'koa'
import { answerOk } from '../answers.ts'
import { auditOf } from '../audit/request-audit.ts'
import { currentAccount } from '../current-account.ts'
import { clientAddressOf } from '../client-address.ts'
import { AppError } from '../errors.ts'
import { SMS_CODE_REQUEST, TASK_ID_PARAMETER, checkForm } from '../forms.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { okAnswer, type RouteDescription } from '../openapi/route-description.ts'
import { redisTimeOf } from '../redis-time.ts'
import { noteTask } from '../request-log.ts'
import { MESSAGE_STATUSES, type SentMessages } from '../sent-messages.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { SmsCodeSender } from '../sms-code-sender.ts'
import type { Users } from '../users.ts'

const SEND_SMS_CODE: RouteDescription = {
  method: 'POST',
  path: '/sms_codes',
  operationId: 'sendSmsCode',
  tag: 'sms',
  summary: 'Sends a code by SMS',
  details: `Uses the captcha up, whatever its answer was: that of a picture, or a proof of work. The answer comes as soon as the message is queued.
The purpose \`mobile\` is for whoever is logged in.`,
  form: SMS_CODE_REQUEST,
  session: 'openedByHandler',
  answer: okAnswer({
    task_id: { type: 'string', format: 'uuid', description: 'What the status of the message is asked for by' },
    retry_after: { type: 'integer', minimum: 0, description: 'When the mobile may ask again, in seconds' },
  }),
  errors: [
    'CAPTCHA_EXPIRED',
    'CAPTCHA_WRONG',
    'CAPTCHA_PROOF_OFF',
    'CAPTCHA_PROOF_EXPIRED',
    'CAPTCHA_PROOF_WRONG',
    'LOGIN_REQUIRED',
    'SMS_TOO_FREQUENT',
    'SMS_UNAVAILABLE',
  ],
}

const SEND_SMS_CODE_BY_GET: RouteDescription = {
  ...SEND_SMS_CODE,
  method: 'GET',
  path: '/sms_codes/:mobile',
  operationId: 'sendSmsCodeByGet',
  summary: 'Sends a code by SMS, with all that it takes in the address',
  // Any page could put its address into a picture.
  ownSiteOnly: true,
}

const READ_SMS_STATUS: RouteDescription = {
  method: 'GET',
  path: '/sms_codes/status/:task_id',
  operationId: 'readSmsStatus',
  tag: 'sms',
  summary: 'Tells what became of a message',
  form: TASK_ID_PARAMETER,
  answer: okAnswer({ status: { type: 'string', enum: MESSAGE_STATUSES } }),
  errors: ['NOT_FOUND'],
}

/**
 * `POST /sms_codes`, and the course's own form of it, `GET /sms_codes/:mobile?image_code=&image_code_id=`.
 *
 * A code for another mobile of an account is sent to that mobile, and to nobody who is not logged in. It is sent also
 * where an account has the mobile: only who can read the message is told so, by `PUT /mobile`.
 *
 * `GET /sms_codes/status/:task_id` tells what became of a message.
 */
export function addSmsCodeRoutes(
  router: DescribedRouter,
  parts: { sender: SmsCodeSender; sent: SentMessages; sessions: Sessions; users: Users },
): void {
  const { sender, sent, sessions, users } = parts

  router.add(SEND_SMS_CODE, async (ctx) => answer(ctx, ctx.request.body))

  router.add(SEND_SMS_CODE_BY_GET, async (ctx) => answer(ctx, { ...ctx.query, mobile: ctx.params['mobile'] }))

  router.add(READ_SMS_STATUS, async (ctx) => {
    const { task_id: taskId } = checkForm(TASK_ID_PARAMETER, ctx.params)
    const status = await redisTimeOf(ctx).spend(() => sent.status(taskId))
    if (status === null) throw new AppError('NOT_FOUND')
    answerOk(ctx, { status })
  })

  async function answer(ctx: Koa.Context, input: unknown): Promise<void> {
    const request = checkForm(SMS_CODE_REQUEST, input)
    const audit = auditOf(ctx)
    audit.noteMobile(request.mobile)
    // Opened here, as no other purpose needs the sessions' Redis.
    if (request.purpose === 'mobile') {
      await sessions.open(ctx, async () => void (await currentAccount(ctx, { sessions, users })))
    }
    const sent = await sender.send(request, clientAddressOf(ctx), redisTimeOf(ctx))
    noteTask(ctx, sent.taskId)
    audit.tell('authn_token_created', request.purpose)
    answerOk(ctx, { task_id: sent.taskId, retry_after: sent.retryAfterSeconds })
  }
}
