import type { Broker } from '../broker/broker.ts'
import type { Failure } from '../canvas/after-end.ts'
import type { Following } from '../canvas/following.ts'
import { encodeRetry } from '../encode-message.ts'
import type { Logger } from '../logger.ts'
import type { TaskMessage } from '../message.ts'
import type { Outcome, TaskFailure } from '../outcome.ts'
import { failureValue, revokedValue } from '../results/results.ts'
import { asideNote } from './aside-note.ts'
import type { Json } from '../wire-value.ts'
import type { FollowUps } from './follow-ups.ts'
import type { Work } from './work.ts'
import type { Decision } from './retry-policy.ts'
import type { Settler } from './settler.ts'

/** What a concluder works with. */
export interface ConcluderOptions {
  readonly broker: Pick<Broker, 'now'>
  readonly settler: Settler
  readonly followUps: FollowUps
  readonly logger: Logger
}

/** What is concluded. */
export type Ran = Pick<Work, 'claim' | 'message' | 'task' | 'policy'>

/** The mark of a start that goes with the claim. */
interface Mark {
  readonly startedId?: string
}

/** Carries out what was decided of a message: one line in the log, and one settlement. */
export class Concluder {
  readonly #options: ConcluderOptions

  constructor(options: ConcluderOptions) {
    this.#options = options
  }

  /** @param outcome of the run; null where it was not run */
  conclude(work: Ran, decision: Decision, outcome: Outcome | null): Promise<void> {
    const { settler, followUps, logger } = this.#options
    const { claim, message, policy } = work
    const fields = { task: message.name, id: message.id, ms: Math.round(outcome?.runtimeMs ?? 0) }
    const mark = policy.onUncertain === 'fail' ? { startedId: message.id } : {}
    switch (decision.kind) {
      case 'succeed':
        logger.info(fields, 'task succeeded')
        return this.#succeed(work, outcome, mark)
      case 'ignore':
        logger.info(fields, 'task ignored')
        return settler.settle(claim, { ...mark, ...this.#unheard(message, outcome, stopped('Ignore', 'ignored')) })
      case 'replace': {
        logger.info(fields, 'task replaced')
        const embed = followUps.embedOf(message, outcome)
        return settler.settle(claim, { ...mark, follow: followUps.inPlaceOf(message, embed, decision.signature) })
      }
      case 'revoke':
        logger.warn(fields, 'task revoked while it was running')
        return this.#revoked(work, 'terminated', outcome, mark)
      case 'unreadable': {
        const reason = outcome?.kind === 'unreadable' ? outcome.reason : 'unreadable'
        logger.error({ ...fields, reason }, 'unreadable message set aside')
        const follow = this.#unheard(message, outcome, stopped('MessageUnreadable', reason))
        return settler.settle(claim, { ...mark, ...follow, aside: asideNote('unreadable', reason, message) })
      }
      case 'reject': {
        const reason = decision.error.message
        logger.warn({ ...fields, reason, requeue: decision.requeue }, 'task rejected')
        if (decision.requeue) return settler.settle(claim, { ...mark, requeue: true })
        const follow = this.#unheard(message, outcome, stopped('Reject', reason))
        return settler.settle(claim, { ...mark, ...follow, aside: asideNote('dead', `rejected: ${reason}`, message) })
      }
      case 'retry':
        return this.#retry(work, decision, mark)
      case 'fail':
        return this.#fail(work, decision, outcome, mark)
      case 'handBack':
        return settler.settle(claim, { ...mark, handBack: true })
      case 'again':
      case 'leave':
        // It stays claimed, and is handed back with the others.
        return Promise.resolve()
    }
  }

  /** Ends one that must not run any more. */
  refuse(work: Ran, reason: 'revoked' | 'expired'): Promise<void> {
    const { claim, message } = work
    const fields = { task: message.name, id: message.id, queue: claim.queue }
    this.#options.logger.warn(fields, `task ${reason} before it could start`)
    return this.#revoked(work, reason, null, {})
  }

  #succeed({ claim, message, task }: Ran, outcome: Outcome | null, mark: Mark): Promise<void> {
    const { settler, followUps } = this.#options
    const value = outcome?.kind === 'success' ? outcome.result : null
    const embed = followUps.embedOf(message, outcome)
    if (embed === null) return settler.finish(claim, message, task, { state: 'SUCCESS', value }, mark)
    const { follow, children } = followUps.afterSuccess(message, embed, value)
    return settler.finish(claim, message, task, { state: 'SUCCESS', value, children }, { ...mark, follow })
  }

  #revoked(
    { claim, message, task }: Ran,
    reason: 'revoked' | 'expired' | 'terminated',
    outcome: Outcome | null,
    mark: Mark,
  ): Promise<void> {
    const verdict = { state: 'REVOKED', value: revokedValue(reason) } as const
    const follow = this.#unheard(message, outcome, { ...verdict, stack: null, tells: false })
    return this.#options.settler.finish(claim, message, task, verdict, { ...mark, ...follow })
  }

  /** What follows a task that gave no value; nothing where nobody waits for it. */
  #unheard(message: TaskMessage, outcome: Outcome | null, failure: Failure): { follow?: Following } {
    const { followUps } = this.#options
    const embed = followUps.embedOf(message, outcome)
    return embed === null ? {} : { follow: followUps.afterFailure(message, embed, failure) }
  }

  #retry(work: Ran, decision: Decision & { kind: 'retry' }, mark: Mark): Promise<void> {
    const { broker, settler, logger } = this.#options
    const { claim, message, task } = work
    const { error, delayMs, retries, crashes } = decision
    const due = Math.ceil(broker.now() + delayMs)
    const fields = { task: message.name, id: message.id, error: described(error), retries, delayMs }
    logger.warn(crashes > message.crashes ? { ...fields, crashes } : fields, 'task failed: it will be run again')
    const schedule = { due, text: encodeRetry(claim.raw, { retries, crashes, eta: due }) }
    const verdict = { state: 'RETRY', value: failureValue(error), stack: error.stack }
    return settler.finish(claim, message, task, verdict, { ...mark, schedule })
  }

  #fail(
    work: Ran,
    { error, deadLetter }: Decision & { kind: 'fail' },
    outcome: Outcome | null,
    mark: Mark,
  ): Promise<void> {
    const { settler, logger } = this.#options
    const { claim, message, task } = work
    const ms = Math.round(outcome?.runtimeMs ?? 0)
    logger.error({ task: message.name, id: message.id, ms, error: described(error) }, 'task failed')
    const verdict = { state: 'FAILURE', value: failureValue(error), stack: error.stack } as const
    const follow = this.#unheard(message, outcome, { ...verdict, tells: true })
    if (!deadLetter) return settler.finish(claim, message, task, verdict, { ...mark, ...follow })
    const aside = {
      ...asideNote('dead', described(error), message),
      error: error.type,
      stack: error.stack,
      retries: message.retries,
      cpuProfile: outcome?.profile?.cpuProfile ?? null,
    }
    return settler.finish(claim, message, task, verdict, { ...mark, ...follow, aside })
  }
}

/** For those who wait for a task that ended without a value and is no failure itself: Celery leaves them waiting. */
function stopped(type: string, reason: string): Failure {
  const value: Json = { exc_type: type, exc_message: [reason], exc_module: 'celery.exceptions' }
  return { state: 'FAILURE', value, stack: null, tells: false }
}

function described(error: TaskFailure): string {
  return `${error.type}: ${error.message}`
}
