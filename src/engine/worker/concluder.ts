import type { Broker } from '../broker/broker.ts'
import { encodeRetry } from '../encode-message.ts'
import type { Logger } from '../logger.ts'
import type { TaskMessage } from '../message.ts'
import type { Outcome, TaskFailure } from '../outcome.ts'
import { failureValue, revokedValue, unreadableValue } from '../results/results.ts'
import type { Json } from '../wire-value.ts'
import { asideNote } from './aside-note.ts'
import type { Work } from './work.ts'
import type { Decision } from './retry-policy.ts'
import type { Settler, Told } from './settler.ts'
import type { TaskEvents } from './task-events.ts'

/** What a concluder works with. */
export interface ConcluderOptions {
  readonly broker: Pick<Broker, 'now'>
  readonly settler: Settler
  readonly events: TaskEvents
  readonly logger: Logger
}

/** What is concluded. */
export type Ran = Pick<Work, 'claim' | 'message' | 'task' | 'policy'>

/** Carries out what was decided of a message: one line in the log, one settlement, and an event where anybody wants to know. */
export class Concluder {
  readonly #options: ConcluderOptions

  constructor(options: ConcluderOptions) {
    this.#options = options
  }

  /** @param outcome of the run; null where it was not run */
  conclude(work: Ran, decision: Decision, outcome: Outcome | null): Promise<void> {
    const { settler, events, logger } = this.#options
    const { claim, message, task, policy } = work
    const fields = { task: message.name, id: message.id, ms: Math.round(outcome?.runtimeMs ?? 0) }
    const mark = policy.onUncertain === 'fail' ? { startedId: message.id } : {}
    switch (decision.kind) {
      case 'succeed': {
        logger.info(fields, 'task succeeded')
        const value = outcome?.kind === 'success' ? outcome.result : null
        const told = events.on ? this.#toldSuccess(work, value, outcome?.runtimeMs ?? 0) : null
        return settler.finish(claim, message, task, { state: 'SUCCESS', value }, mark, told)
      }
      case 'ignore':
        logger.info(fields, 'task ignored')
        return settler.settle(claim, mark)
      case 'revoke': {
        logger.warn(fields, 'task revoked while it was running')
        const verdict = { state: 'REVOKED', value: revokedValue('terminated') }
        const told = this.#told(message, toldTerminated)
        return settler.finish(claim, message, task, verdict, mark, told)
      }
      case 'unreadable': {
        const reason = outcome?.kind === 'unreadable' ? outcome.reason : 'unreadable'
        logger.error({ ...fields, reason }, 'unreadable message set aside')
        const verdict = { state: 'FAILURE', value: unreadableValue(reason) }
        const rest = { ...mark, aside: asideNote('unreadable', reason, message) }
        return settler.finish(claim, message, task, verdict, rest, this.#told(message, toldRejected))
      }
      case 'reject': {
        const { requeue, error } = decision
        const reason = error.message
        logger.warn({ ...fields, reason, requeue }, 'task rejected')
        const told = this.#told(message, requeue ? toldRequeued : toldRejected)
        if (requeue) return settler.settle(claim, { ...mark, requeue: true }, told)
        return settler.settle(claim, { ...mark, aside: asideNote('dead', `rejected: ${reason}`, message) }, told)
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
    const told = this.#told(message, (events) => events.retried(message, error))
    return settler.finish(claim, message, task, verdict, { ...mark, schedule }, told)
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
    const told = this.#told(message, (events) => events.failed(message, error))
    if (!deadLetter) return settler.finish(claim, message, task, verdict, mark, told)
    const aside = {
      ...asideNote('dead', described(error), message),
      error: error.type,
      stack: error.stack,
      retries: message.retries,
      cpuProfile: outcome?.profile?.cpuProfile ?? null,
    }
    return settler.finish(claim, message, task, verdict, { ...mark, aside }, told)
  }

  #told(message: TaskMessage, tell: Tell): Told | null {
    const { events } = this.#options
    return events.on ? () => tell(events, message) : null
  }

  #toldSuccess({ message, task }: Ran, result: Json, runtimeMs: number): Told {
    const { events } = this.#options
    return () => events.succeeded(message, task, result, runtimeMs)
  }
}

/** Tells what became of a task. */
type Tell = (events: TaskEvents, message: TaskMessage) => void

// Nothing that every task passes is to be kept for these, which few need.
const toldTerminated: Tell = (events, message) => events.revoked(message, 'terminated')
const toldRejected: Tell = (events, message) => events.rejected(message, false)
const toldRequeued: Tell = (events, message) => events.rejected(message, true)

function described(error: TaskFailure): string {
  return `${error.type}: ${error.message}`
}
