import type { Broker } from '../broker/broker.ts'
import type { Failure } from '../canvas/after-end.ts'
import type { Following } from '../canvas/following.ts'
import { encodeRetry, encodeUnadmitted } from '../encode-message.ts'
import type { Logger } from '../logger.ts'
import type { TaskMessage } from '../message.ts'
import type { Outcome, TaskFailure } from '../outcome.ts'
import { failureValue, revokedValue, unreadableValue } from '../results/results.ts'
import type { Json } from '../wire-value.ts'
import { asideNote } from './aside-note.ts'
import type { FollowUps } from './follow-ups.ts'
import { endFields, startFields } from './log-fields.ts'
import type { Decision } from './retry-policy.ts'
import type { Settler, Told } from './settler.ts'
import type { RunEnding } from './run-record.ts'
import type { Revocation, TaskEvents } from './task-events.ts'
import type { TaskRecords } from './task-recorder.ts'
import type { KnownTask, Work } from './work.ts'

/** What a concluder works with. */
export interface ConcluderOptions {
  readonly broker: Pick<Broker, 'now'>
  readonly settler: Settler
  readonly followUps: FollowUps
  readonly events: TaskEvents
  readonly records: Pick<TaskRecords, 'wants' | 'ended' | 'handedBack'>
  readonly logger: Logger
}

/** What is concluded. */
export type Ran = Pick<Work, 'claim' | 'message' | 'task' | 'policy' | 'receivedAt' | 'record'> & {
  readonly known: Pick<KnownTask, 'tally'>
}

/** The mark of a start that goes with the claim. */
interface Mark {
  readonly startedId?: string
}

/**
 * Carries out what was decided of a message: one line in the log, one settlement, one count; and where anybody wants to know, an event and the
 * end of the run's record.
 */
export class Concluder {
  readonly #options: ConcluderOptions

  constructor(options: ConcluderOptions) {
    this.#options = options
  }

  /** @param outcome of the run; null where it was not run */
  conclude(work: Ran, decision: Decision, outcome: Outcome | null): Promise<void> {
    const concluded = this.#conclude(work, decision, outcome)
    work.known.tally.ran(work.message, outcome, decision, this.#options.broker.now())
    return concluded
  }

  #conclude(work: Ran, decision: Decision, outcome: Outcome | null): Promise<void> {
    const { settler, followUps, records, logger } = this.#options
    const { claim, message, task, policy } = work
    const fields = endFields(message, millisecondsOf(outcome))
    const mark = policy.onUncertain === 'fail' ? { startedId: message.id } : {}
    const runtimeMs = outcome?.runtimeMs ?? null
    switch (decision.kind) {
      case 'succeed':
        logger.info(fields, 'task succeeded')
        return this.#succeed(work, outcome, mark)
      case 'ignore': {
        logger.info(fields, 'task ignored')
        const rest = { ...mark, ...this.#unheard(message, outcome, stopped('Ignore', 'ignored')) }
        return settler.settle(claim, rest, this.#told(work, { state: 'IGNORED', runtimeMs }, null))
      }
      case 'replace': {
        logger.info(fields, 'task replaced')
        const embed = followUps.embedOf(message, outcome)
        const rest = { ...mark, follow: followUps.inPlaceOf(message, outcome, embed, decision.signature) }
        return settler.settle(claim, rest, this.#told(work, { state: 'REPLACED', runtimeMs }, null))
      }
      case 'revoke':
        logger.warn(fields, 'task revoked while it was running')
        return this.#revoked(work, 'terminated', outcome, mark)
      case 'unreadable': {
        const reason = outcome?.kind === 'unreadable' ? outcome.reason : 'unreadable'
        logger.error({ ...fields, reason }, 'unreadable message set aside')
        const verdict = { state: 'FAILURE', value: unreadableValue(reason) } as const
        const follow = this.#unheard(message, outcome, { ...verdict, stack: null, tells: false })
        const rest = { ...mark, ...follow, aside: asideNote('unreadable', reason, message) }
        const error = { type: 'DecodeError', message: reason, stack: null }
        const told = this.#told(work, { state: 'REJECTED', runtimeMs: null, error }, toldRejected)
        return settler.finish(claim, message, task, verdict, rest, told)
      }
      case 'reject': {
        const { requeue, error } = decision
        const reason = error.message
        logger.warn({ ...fields, reason, requeue }, 'task rejected')
        const ending = { state: 'REJECTED', runtimeMs, error } as const
        if (requeue) {
          return settler.settle(claim, { ...mark, requeue: anew(work) }, this.#told(work, ending, toldRequeued))
        }
        const follow = this.#unheard(message, outcome, stopped('Reject', reason))
        const rest = { ...mark, ...follow, aside: asideNote('dead', `rejected: ${reason}`, message) }
        return settler.settle(claim, rest, this.#told(work, ending, toldRejected))
      }
      case 'retry':
        return this.#retry(work, decision, outcome, mark)
      case 'fail':
        return this.#fail(work, decision, outcome, mark)
      case 'handBack':
        return settler.settle(claim, { ...mark, handBack: true }, () => records.handedBack(work))
      case 'again':
      case 'leave':
        records.handedBack(work)
        // It stays claimed, and is handed back with the others.
        return Promise.resolve()
    }
  }

  /** Ends one that must not run any more. */
  refuse(work: Ran, reason: 'revoked' | 'expired'): Promise<void> {
    const { claim, message } = work
    this.#options.logger.warn(startFields(message, claim.queue), `task ${reason} before it could start`)
    work.known.tally.refused(reason)
    return this.#revoked(work, reason, null, {})
  }

  #succeed(work: Ran, outcome: Outcome | null, mark: Mark): Promise<void> {
    const { settler, followUps, events, records } = this.#options
    const { claim, message, task } = work
    const value = outcome?.kind === 'success' ? outcome.result : null
    const runtimeMs = outcome?.runtimeMs ?? 0
    // Asked first: most of the time nobody wants to know of one more that went well.
    const told =
      events.on || records.wants(work, 'SUCCESS', runtimeMs)
        ? this.#told(work, { state: 'SUCCESS', runtimeMs, value }, () =>
            events.succeeded(message, task, value, runtimeMs),
          )
        : null
    const embed = followUps.embedOf(message, outcome)
    if (embed === null) return settler.finish(claim, message, task, { state: 'SUCCESS', value }, mark, told)
    const { follow, children } = followUps.afterSuccess(message, outcome, embed, value)
    return settler.finish(claim, message, task, { state: 'SUCCESS', value, children }, { ...mark, follow }, told)
  }

  #revoked(work: Ran, reason: Revocation, outcome: Outcome | null, mark: Mark): Promise<void> {
    const { claim, message, task } = work
    const verdict = { state: 'REVOKED', value: revokedValue(reason) } as const
    const follow = this.#unheard(message, outcome, { ...verdict, stack: null, tells: false })
    const error = { type: 'TaskRevokedError', message: reason, stack: null }
    const ending = { state: 'REVOKED', runtimeMs: outcome?.runtimeMs ?? null, error } as const
    const told = this.#told(work, ending, (events) => events.revoked(message, reason))
    return this.#options.settler.finish(claim, message, task, verdict, { ...mark, ...follow }, told)
  }

  /** @param tell null: it is nothing that events tell of */
  #told(work: Ran, ending: RunEnding, tell: Tell | null): Told | null {
    const { events, records } = this.#options
    const event = events.on ? tell : null
    const keeps = records.wants(work, ending.state, ending.runtimeMs ?? 0)
    if (event === null && !keeps) return null
    return () => {
      event?.(events, work.message)
      if (keeps) records.ended(work, ending)
    }
  }

  /** What follows a task that gave no value; nothing where nobody waits for it. */
  #unheard(message: TaskMessage, outcome: Outcome | null, failure: Failure): { follow?: Following } {
    const { followUps } = this.#options
    const embed = followUps.embedOf(message, outcome)
    return embed === null ? {} : { follow: followUps.afterFailure(message, outcome, embed, failure) }
  }

  #retry(work: Ran, decision: Decision & { kind: 'retry' }, outcome: Outcome | null, mark: Mark): Promise<void> {
    const { broker, settler, logger } = this.#options
    const { claim, message, task } = work
    const { error, delayMs, retries, crashes, memo } = decision
    const due = Math.ceil(broker.now() + delayMs)
    const fields = { ...endFields(message, millisecondsOf(outcome)), error: described(error), delayMs }
    logger.warn(crashes > message.crashes ? { ...fields, crashes } : fields, 'task failed: it will be run again')
    const schedule = {
      due,
      isRetry: true,
      text: encodeRetry(claim.raw, { retries, crashes, eta: due, ...(memo !== undefined && { memo }) }),
    }
    const verdict = { state: 'RETRY', value: failureValue(error), stack: error.stack }
    const ending = { state: 'RETRY', runtimeMs: outcome?.runtimeMs ?? null, error, retryAt: due } as const
    const told = this.#told(work, ending, (events) => events.retried(message, error))
    return settler.finish(claim, message, task, verdict, { ...mark, schedule }, told)
  }

  #fail(
    work: Ran,
    { error, deadLetter }: Decision & { kind: 'fail' },
    outcome: Outcome | null,
    mark: Mark,
  ): Promise<void> {
    const { settler, logger } = this.#options
    const { claim, message, task } = work
    logger.error({ ...endFields(message, millisecondsOf(outcome)), error: described(error) }, 'task failed')
    const verdict = { state: 'FAILURE', value: failureValue(error), stack: error.stack } as const
    const follow = this.#unheard(message, outcome, { ...verdict, tells: true })
    const ending = { state: 'FAILURE', runtimeMs: outcome?.runtimeMs ?? null, error } as const
    const told = this.#told(work, ending, (events) => events.failed(message, error))
    if (!deadLetter) return settler.finish(claim, message, task, verdict, { ...mark, ...follow }, told)
    const aside = {
      ...asideNote('dead', described(error), message),
      error: error.type,
      stack: error.stack,
      retries: message.retries,
      cpuProfile: outcome?.profile?.cpuProfile ?? null,
    }
    return settler.finish(claim, message, task, verdict, { ...mark, ...follow, aside }, told)
  }
}

/** Tells what became of a task. */
type Tell = (events: TaskEvents, message: TaskMessage) => void

// Nothing that every task passes is to be kept for these, which few need.
const toldRejected: Tell = (events, message) => events.rejected(message, false)
const toldRequeued: Tell = (events, message) => events.rejected(message, true)

/** It has used its leave to start: it needs another one. */
function anew({ claim, message }: Ran): true | { text: string } {
  return message.admitted ? { text: encodeUnadmitted(claim.raw) } : true
}

/** For those who wait for a task that ended without a value and is no failure itself: Celery leaves them waiting. */
function stopped(type: string, reason: string): Failure {
  const value: Json = { exc_type: type, exc_message: [reason], exc_module: 'celery.exceptions' }
  return { state: 'FAILURE', value, stack: null, tells: false }
}

/** How long it ran in its thread; 0: it did not. */
function millisecondsOf(outcome: Outcome | null): number {
  return Math.round(outcome?.runtimeMs ?? 0)
}

function described(error: TaskFailure): string {
  return `${error.type}: ${error.message}`
}
