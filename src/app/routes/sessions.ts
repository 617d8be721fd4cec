import { answerOk } from '../answers.ts'
import { auditOf } from '../audit/request-audit.ts'
import { currentAccount } from '../current-account.ts'
import { AppError } from '../errors.ts'
import { SESSION_ID_PARAMETER, checkForm } from '../forms.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { okAnswer, type RouteDescription } from '../openapi/route-description.ts'
import type { Sessions, ShownSession } from '../sessions/sessions.ts'
import type { Users } from '../users.ts'

const LIST_SESSIONS: RouteDescription = {
  method: 'GET',
  path: '/sessions',
  operationId: 'listSessions',
  tag: 'session',
  summary: "Lists the account's sessions, the one that was used last in front",
  session: 'required',
  answer: okAnswer({
    sessions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string', description: 'For ending it; it is not the one in the cookie' },
          created_at: { type: 'string', format: 'date-time' },
          last_seen_at: { type: 'string', format: 'date-time' },
          address: { type: 'string', description: "The client's address at the login" },
          user_agent: { type: 'string', description: 'The browser and the system, as far as they are known' },
          remembered: { type: 'boolean', description: 'Whether it outlives the browser' },
          current: { type: 'boolean', description: 'Whether it is the one that asks' },
        },
        required: ['id', 'created_at', 'last_seen_at', 'address', 'user_agent', 'remembered', 'current'],
      },
    },
  }),
}

const END_OTHER_SESSIONS: RouteDescription = {
  method: 'DELETE',
  path: '/sessions',
  operationId: 'endOtherSessions',
  tag: 'session',
  summary: "Ends the account's other sessions",
  details: 'This session gets a new cookie.',
  session: 'required',
  answer: okAnswer(),
}

const END_SESSION: RouteDescription = {
  method: 'DELETE',
  path: '/sessions/:id',
  operationId: 'endSession',
  tag: 'session',
  summary: "Ends one of the account's sessions",
  details: 'Its own as logging out does.',
  form: SESSION_ID_PARAMETER,
  session: 'required',
  answer: okAnswer(),
  errors: ['SESSION_UNKNOWN'],
}

/** `GET /sessions`, `DELETE /sessions/:id`, `DELETE /sessions`: an account's own logins, to look at and to end. */
export function addSessionRoutes(
  router: DescribedRouter,
  { users, sessions }: { users: Users; sessions: Sessions },
): void {
  router.add(LIST_SESSIONS, async (ctx) => {
    const { id: userId } = await currentAccount(ctx, { sessions, users })
    const all = await sessions.list(ctx, userId)
    answerOk(ctx, { sessions: all.map(shown) })
  })

  router.add(END_OTHER_SESSIONS, async (ctx) => {
    const { id: userId } = await currentAccount(ctx, { sessions, users })
    await sessions.endOthers(ctx, userId)
    auditOf(ctx).tell('session_expired', 'all others')
    answerOk(ctx)
  })

  router.add(END_SESSION, async (ctx) => {
    const { id: userId } = await currentAccount(ctx, { sessions, users })
    const { id } = checkForm(SESSION_ID_PARAMETER, ctx.params)
    const ended = await sessions.end(ctx, userId, id)
    if (!ended) throw new AppError('SESSION_UNKNOWN')
    auditOf(ctx).tell('session_expired', 'one')
    answerOk(ctx)
  })
}

function shown({ publicId, beganAt, seenAt, remembered, address, browser, current }: ShownSession): object {
  return {
    id: publicId,
    created_at: new Date(beganAt).toISOString(),
    last_seen_at: new Date(seenAt).toISOString(),
    address,
    user_agent: browser,
    remembered,
    current,
  }
}
