import type { Broker } from '../broker/broker.ts'
import { encodeRetry } from '../encode-message.ts'
import type { Logger } from '../logger.ts'
import type { Outcome, TaskFailure } from '../outcome.ts'
import { failureValue, revokedValue, unreadableValue } from '../results/results.ts'
import { asideNote } from './aside-note.ts'
import type { Work } from './work.ts'
import type { Decision } from './retry-policy.ts'
import type { Settler } from './settler.ts'

/** What a concluder works with. */
export interface ConcluderOptions {
  readonly broker: Pick<Broker, 'now'>
  readonly settler: Settler
  readonly logger: Logger
}

/** What is concluded. */
export type Ran = Pick<Work, 'claim' | 'message' | 'task' | 'policy'>

/** Carries out what was decided of a message: one line in the log, and one settlement. */
export class Concluder {
  readonly #options: ConcluderOptions

  constructor(options: ConcluderOptions) {
    this.#options = options
  }

  /** @param outcome of the run; null where it was not run */
  conclude(work: Ran, decision: Decision, outcome: Outcome | null): Promise<void> {
    const { settler, logger } = this.#options
    const { claim, message, task, policy } = work
    const fields = { task: message.name, id: message.id, ms: Math.round(outcome?.runtimeMs ?? 0) }
    const mark = policy.onUncertain === 'fail' ? { startedId: message.id } : {}
    switch (decision.kind) {
      case 'succeed': {
        logger.info(fields, 'task succeeded')
        const value = outcome?.kind === 'success' ? outcome.result : null
        return settler.finish(claim, message, task, { state: 'SUCCESS', value }, mark)
      }
      case 'ignore':
        logger.info(fields, 'task ignored')
        return settler.settle(claim, mark)
      case 'revoke':
        logger.warn(fields, 'task revoked while it was running')
        return settler.finish(claim, message, task, { state: 'REVOKED', value: revokedValue('terminated') }, mark)
      case 'unreadable': {
        const reason = outcome?.kind === 'unreadable' ? outcome.reason : 'unreadable'
        logger.error({ ...fields, reason }, 'unreadable message set aside')
        const verdict = { state: 'FAILURE', value: unreadableValue(reason) }
        return settler.finish(claim, message, task, verdict, {
          ...mark,
          aside: asideNote('unreadable', reason, message),
        })
      }
      case 'reject': {
        const reason = decision.error.message
        logger.warn({ ...fields, reason, requeue: decision.requeue }, 'task rejected')
        if (decision.requeue) return settler.settle(claim, { ...mark, requeue: true })
        return settler.settle(claim, { ...mark, aside: asideNote('dead', `rejected: ${reason}`, message) })
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

  #retry(work: Ran, decision: Decision & { kind: 'retry' }, mark: { startedId?: string }): Promise<void> {
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
    mark: { startedId?: string },
  ): Promise<void> {
    const { settler, logger } = this.#options
    const { claim, message, task } = work
    const ms = Math.round(outcome?.runtimeMs ?? 0)
    logger.error({ task: message.name, id: message.id, ms, error: described(error) }, 'task failed')
    const verdict = { state: 'FAILURE', value: failureValue(error), stack: error.stack }
    if (!deadLetter) return settler.finish(claim, message, task, verdict, mark)
    const aside = {
      ...asideNote('dead', described(error), message),
      error: error.type,
      stack: error.stack,
      retries: message.retries,
      cpuProfile: outcome?.profile?.cpuProfile ?? null,
    }
    return settler.finish(claim, message, task, verdict, { ...mark, aside })
  }
}

function described(error: TaskFailure): string {
  return `${error.type}: ${error.message}`
}
