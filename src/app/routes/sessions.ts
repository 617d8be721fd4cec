import type { Router } from '@koa/router'
import { answerOk } from '../answers.ts'
import { currentAccount } from '../current-account.ts'
import { AppError } from '../errors.ts'
import type { Sessions, ShownSession } from '../sessions/sessions.ts'
import type { Users } from '../users.ts'

/** `GET /sessions`, `DELETE /sessions/:id`, `DELETE /sessions`: an account's own logins, to look at and to end. */
export function addSessionRoutes(router: Router, { users, sessions }: { users: Users; sessions: Sessions }): void {
  router.get('/sessions', sessions.open, async (ctx) => {
    const { id: userId } = await currentAccount(ctx, { sessions, users })
    const all = await sessions.list(ctx, userId)
    answerOk(ctx, { sessions: all.map(shown) })
  })

  router.delete('/sessions', sessions.open, async (ctx) => {
    const { id: userId } = await currentAccount(ctx, { sessions, users })
    await sessions.endOthers(ctx, userId)
    answerOk(ctx)
  })

  router.delete('/sessions/:id', sessions.open, async (ctx) => {
    const { id: userId } = await currentAccount(ctx, { sessions, users })
    const ended = await sessions.end(ctx, userId, String(ctx['params'].id))
    if (!ended) throw new AppError('SESSION_UNKNOWN')
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
