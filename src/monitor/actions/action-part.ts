import type { Context } from 'koa'
import { asideKinds, EngineError, type AsideFilter, type Engine } from '../../engine/index.ts'
import { flagIn, onlyNames, oneOf, optionalTextIn, refuse, textIn, textsIn, wholeIn } from '../given-values.ts'
import { MonitorError } from '../monitor-error.ts'
import type { MonitorPart, MonitorRequest } from '../monitor-routes.ts'
import type {
  PauseAnswer,
  PurgeAnswer,
  ResizeAnswer,
  RetryAllAnswer,
  RetryAnswer,
  RevokeAnswer,
} from '../task-wire-types.ts'
import { controlsOf, poolState } from '../tasks/queue-states.ts'

/** Most messages that one step of a retry of all puts back, about: so that it is answered soon. */
const retryStep = 1_000

/** Most tasks at once that one request adds or takes away. */
const mostBy = 1_000

/** What actions work on. */
export interface ActionPartOptions {
  readonly engine: Pick<Engine, 'worker' | 'client' | 'deadLetters' | 'queuePurge' | 'queuePause'>
  /** The address of whoever asks, or the block of addresses. */
  readonly addressOf: (context: Context) => string
  readonly logger: { info(fields: object, message: string): void; error(fields: object, message: string): void }
}

type Act = (body: MonitorRequest['body'], options: ActionPartOptions) => Promise<object>

/**
 * `POST /actions/…`: what the dashboard may change. Each is logged with who asked for it, what it was on, and what it did; and one that
 * failed, too, for a part of it may have been done. One that was refused has done nothing.
 */
export function actionPart(options: ActionPartOptions): MonitorPart {
  return (routes) => {
    for (const [name, act] of Object.entries(actions)) {
      routes.act('POST', `/actions/${name}`, async ({ body, context }) => {
        const asked = { action: name, address: options.addressOf(context), on: body }
        try {
          const answer = await refusing(() => act(body, options))
          options.logger.info({ ...asked, ...answer }, 'dashboard: an action was carried out')
          return answer
        } catch (error) {
          if (!(error instanceof MonitorError)) {
            const reason = error instanceof Error ? error.message : String(error)
            options.logger.error({ ...asked, reason }, 'dashboard: an action failed, perhaps half-way')
          }
          throw error
        }
      })
    }
  }
}

const actions: Readonly<Record<string, Act>> = {
  retry,
  'retry-all': retryAll,
  revoke: (body, options) => revoke(body, options, false),
  terminate: (body, options) => revoke(body, options, true),
  purge,
  pause: (body, options) => setPaused(body, options, true),
  resume: (body, options) => setPaused(body, options, false),
  grow: (body, options) => resize(body, options, 1),
  shrink: (body, options) => resize(body, options, -1),
}

async function retry(body: MonitorRequest['body'], { engine }: ActionPartOptions): Promise<RetryAnswer> {
  const id = textIn(onlyNames(body, ['id']), 'id')
  const found = await engine.deadLetters.find(id)
  if (found === null) throw new MonitorError('CONFLICT', 'no message with that id is set aside')
  const result = await engine.deadLetters.retry(found)
  if (!result.moved) throw new MonitorError('CONFLICT', `not retried: ${result.reason}`)
  engine.worker.notify()
  return { retried: true, queue: found.queue }
}

async function retryAll(body: MonitorRequest['body'], { engine }: ActionPartOptions): Promise<RetryAllAnswer> {
  const given = onlyNames(body, ['kind', 'queue', 'task', 'before'])
  const kind = oneOf(given, 'kind', asideKinds)
  const queue = optionalTextIn(given, 'queue')
  const task = optionalTextIn(given, 'task')
  const filter: AsideFilter = {
    ...(kind !== undefined && { kind }),
    ...(queue !== undefined && { queue }),
    ...(task !== undefined && { task }),
  }
  const before = wholeIn(given, 'before', 0, Number.MAX_SAFE_INTEGER) ?? null
  const step = await engine.deadLetters.retrySome(filter, retryStep, before)
  engine.worker.notify()
  const { total: remaining } = await engine.deadLetters.list({ ...filter, limit: 0 })
  return { ...step, remaining }
}

async function revoke(
  body: MonitorRequest['body'],
  { engine }: ActionPartOptions,
  terminate: boolean,
): Promise<RevokeAnswer> {
  const ids = new Set(textsIn(onlyNames(body, ['ids']), 'ids'))
  const here = engine.worker.inHand.filter(({ work }) => ids.has(work.message.id)).length
  for (const id of ids) await engine.client.revoke(id, { terminate })
  return { revoked: ids.size, here }
}

async function purge(body: MonitorRequest['body'], { engine }: ActionPartOptions): Promise<PurgeAnswer> {
  const given = onlyNames(body, ['queue', 'scheduled'])
  const queue = textIn(given, 'queue')
  const scheduled = flagIn(given, 'scheduled')
  const { messages, scheduled: later } = await engine.queuePurge.purge(queue, { scheduled })
  return { queue, purged: messages + (scheduled ? later : 0), left: scheduled ? 0 : later }
}

async function setPaused(
  body: MonitorRequest['body'],
  { engine }: ActionPartOptions,
  paused: boolean,
): Promise<PauseAnswer> {
  const queue = textIn(onlyNames(body, ['queue']), 'queue')
  const changed = await (paused ? engine.queuePause.pause(queue) : engine.queuePause.resume(queue))
  // Whoever is told so may rely on it, as far as this process goes.
  await engine.worker.noticePauses()
  return { queue, paused, changed }
}

async function resize(
  body: MonitorRequest['body'],
  { engine }: ActionPartOptions,
  direction: 1 | -1,
): Promise<ResizeAnswer> {
  const by = wholeIn(onlyNames(body, ['by']), 'by', 1, mostBy) ?? refuse('by', 'how many', 'nothing')
  const controls = controlsOf(engine)
  const { concurrency: from, fixed } = poolState(controls)
  if (fixed === 'autoscale') throw new MonitorError('CONFLICT', 'the pool has the size that autoscale gives it')
  try {
    controls.resizePool(by * direction)
  } catch (error) {
    if (error instanceof EngineError) throw new MonitorError('CONFLICT', error.message, { cause: error })
    throw error
  }
  return { from, to: poolState(controls).concurrency }
}

/** What the engine refuses is no fault of ours. */
async function refusing(act: () => Promise<object>): Promise<object> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof EngineError && error.code === 'OPTION_INVALID') {
      throw new MonitorError('BAD_REQUEST', error.message, { cause: error })
    }
    throw error
  }
}
