import type { AsideNote, Broker, Claim, Settlement } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { decodeMessage, type TaskMessage } from '../message.ts'
import type { Outcome } from '../outcome.ts'
import type { Pool } from '../pool/pool.ts'
import { failureValue, type FinalState, type ResultBackend } from '../results/results.ts'
import type { TaskDefinition } from '../task.ts'
import type { Json } from '../wire-value.ts'
import { decide } from './retry-policy.ts'

/** What an executor works with. */
export interface ExecutorOptions {
  readonly broker: Broker
  readonly results: ResultBackend
  readonly pool: Pool
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  readonly logger: Logger
}

/** How long a failed settle waits before it is tried again, in milliseconds: doubled up to the second figure. */
const settleWaitMs = [50, 1_000] as const

/**
 * Carries one claim from the queue to its end.
 *
 * 1. Read the message. What can't be read, or names no task of ours, is set aside.
 * 2. An expired message is revoked, not run.
 * 3. Run it in the pool; the pool always gives an outcome.
 * 4. Decide what becomes of it (retry-policy).
 * 5. Settle: ack, result and set-aside message in one step, tried until the broker has answered.
 */
export class Executor {
  readonly #options: ExecutorOptions
  #abandoned = false

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** Never rejects. */
  async execute(claim: Claim): Promise<void> {
    const { pool, tasks, logger } = this.#options
    let message: TaskMessage
    try {
      message = decodeMessage(claim.raw)
    } catch (error) {
      const reason = messageOf(error)
      logger.error({ queue: claim.queue, reason }, 'unreadable message set aside')
      return this.#settle(claim, { aside: aside('unreadable', reason, null) })
    }
    const fields = { task: message.name, id: message.id, queue: claim.queue }
    const task = tasks.get(message.name)
    if (task === undefined) {
      logger.error(fields, 'message of an unknown task set aside')
      return this.#settle(claim, { aside: aside('unknown', `no task is named ${message.name}`, message) })
    }
    if (message.expires !== null && message.expires <= Date.now()) {
      logger.warn(fields, 'task expired before it could start')
      const value = { exc_type: 'TaskRevokedError', exc_message: ['expired'], exc_module: 'celery.exceptions' }
      return this.#finish(claim, message, task, 'REVOKED', value, null)
    }
    logger.debug(fields, 'task started')
    const outcome = await pool.run({
      id: message.id,
      name: message.name,
      retries: message.retries,
      body: message.body,
      softTimeLimit: message.timeLimit[1],
    })
    if (this.#abandoned) return
    await this.#conclude(claim, message, task, outcome)
  }

  /** After this no outcome is settled any more: the claims are handed back. */
  abandon(): void {
    this.#abandoned = true
  }

  async #conclude(claim: Claim, message: TaskMessage, task: TaskDefinition, outcome: Outcome): Promise<void> {
    const { logger } = this.#options
    const fields = { task: message.name, id: message.id, ms: Math.round(outcome.runtimeMs) }
    const decision = decide(outcome)
    switch (decision.kind) {
      case 'succeed': {
        logger.info(fields, 'task succeeded')
        return this.#finish(claim, message, task, 'SUCCESS', outcome.kind === 'success' ? outcome.result : null, null)
      }
      case 'unreadable': {
        const reason = outcome.kind === 'unreadable' ? outcome.reason : 'unreadable'
        logger.error({ ...fields, reason }, 'unreadable message set aside')
        return this.#settle(claim, { aside: aside('unreadable', reason, message) })
      }
      case 'fail': {
        const error = 'error' in outcome ? outcome.error : { type: 'Error', message: outcome.kind, stack: null }
        logger.error({ ...fields, error: `${error.type}: ${error.message}` }, 'task failed')
        const note = decision.deadLetter ? aside('dead', `${error.type}: ${error.message}`, message) : null
        return this.#finish(claim, message, task, 'FAILURE', failureValue(error), note, error.stack)
      }
    }
  }

  async #finish(
    claim: Claim,
    message: TaskMessage,
    task: TaskDefinition,
    state: FinalState,
    value: Json,
    note: AsideNote | null,
    stack: string | null = null,
  ): Promise<void> {
    const { results } = this.#options
    const wanted = !message.ignoreResult && task.options.ignoreResult !== true
    const result = wanted ? results.encode(message, state, value, stack) : null
    if (result !== null && !results.sharesBroker) await this.#untilDone(() => results.store(result))
    await this.#settle(claim, {
      ...(result !== null && results.sharesBroker ? { result } : {}),
      ...(note === null ? {} : { aside: note }),
    })
  }

  async #settle(claim: Claim, settlement: Settlement): Promise<void> {
    const ours = await this.#untilDone(() => this.#options.broker.settle(claim, settlement))
    if (ours === false) this.#options.logger.warn({ claim: claim.id }, 'the claim was lost: its outcome is not settled')
  }

  /** Tries until the broker answers. Settling twice is safe: the second finds no claim. */
  async #untilDone<T>(step: () => Promise<T>): Promise<T | null> {
    let [wait] = settleWaitMs
    let failed = 0
    while (!this.#abandoned) {
      try {
        const value = await step()
        // A try before this one may have ended the claim although its answer was lost.
        return failed > 0 && value === false ? null : value
      } catch (error) {
        failed += 1
        if (failed === 1) this.#options.logger.warn({ error: messageOf(error) }, 'settling failed; trying again')
        await new Promise((resolve) => setTimeout(resolve, wait))
        wait = Math.min(wait * 2, settleWaitMs[1]) as typeof wait
      }
    }
    return null
  }
}

function aside(kind: AsideNote['kind'], reason: string, message: TaskMessage | null): AsideNote {
  const noted = { kind, reason, taskId: message?.id ?? null, taskName: message?.name ?? null }
  const expires = message?.expires ?? null
  return expires === null ? noted : { ...noted, keepUntil: expires }
}
