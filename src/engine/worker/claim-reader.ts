import type { Broker, Claim } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { decodeMessage, type TaskMessage } from '../message.ts'
import { ownerOf } from '../message-owner.ts'
import { unreadableValue } from '../results/results.ts'
import type { TaskDefinition } from '../task.ts'
import { asideNote } from './aside-note.ts'
import type { ForOthers } from './for-others.ts'
import { logFields } from './log-fields.ts'
import type { Settler } from './settler.ts'
import type { TaskEvents } from './task-events.ts'
import { isLimited, knownTask, type KnownTask, type KnownTaskOptions, type Work } from './work.ts'

/** What a claim reader works with. */
export interface ClaimReaderOptions extends KnownTaskOptions {
  readonly broker: Pick<Broker, 'now'>
  readonly settler: Settler
  readonly events: TaskEvents
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** Takes messages of tasks that are not known here; null: they are set aside. */
  readonly forOthers: Pick<ForOthers, 'release'> | null
  readonly logger: Logger
}

/** Reads what was claimed. What can't be run now is settled at once: set aside, put on the schedule, or left for others. */
export class ClaimReader {
  readonly #options: ClaimReaderOptions
  /** Every task of this process, by its name. */
  readonly known: ReadonlyMap<string, KnownTask>

  /** @throws EngineError OPTION_INVALID for an `onUncertain` that does not say what it should */
  constructor(options: ClaimReaderOptions) {
    this.#options = options
    this.known = new Map([...options.tasks].map(([name, task]) => [name, knownTask(task, options)]))
  }

  /** What is to be run now; or a promise: it is not to be run, and that is the end of its claim. */
  read(claim: Claim): Work | Promise<void> {
    const { broker, settler, events, logger } = this.#options
    let message: TaskMessage
    try {
      message = decodeMessage(claim.raw)
    } catch (error) {
      return this.#unreadable(claim, messageOf(error))
    }
    const known = this.known.get(message.name)
    if (events.on && known !== undefined) events.received(claim, message, known.task)
    if (message.eta !== null && message.eta > broker.now()) {
      logger.debug({ ...logFields(message), eta: message.eta }, 'task scheduled')
      const { eta: due, retries } = message
      return settler.settle(claim, { schedule: retries > 0 ? { due, isRetry: true } : { due } })
    }
    if (known === undefined) return this.#unknown(claim, message)
    // What goes with others goes without a memo.
    const alone = message.crashes > 0 || message.memo !== undefined
    const brief = known.shares && !alone && !isLimited(known, message)
    const expectedMs = brief ? known.runTime.expectedMs : null
    const { task, policy } = known
    const receivedAt = broker.now()
    return { claim, message, task, policy, known, expectedMs, receivedAt, part: 0, begunAt: 0, record: null }
  }

  /** Whoever waits for it is told, where the message tells so much. */
  #unreadable(claim: Claim, reason: string): Promise<void> {
    const { settler, forOthers, tally, logger } = this.#options
    const owner = ownerOf(claim.raw)
    const known = owner === null ? undefined : this.known.get(owner.name)
    // Whoever knows the task may be able to read its messages, too.
    if (owner !== null && known === undefined && forOthers !== null) return forOthers.release(claim, owner)
    const aside = asideNote('unreadable', reason, owner)
    logger.error({ queue: claim.queue, reason, ...named(owner) }, 'unreadable message set aside')
    if (owner === null || known === undefined) {
      tally.setAside('unreadable')
      return settler.settle(claim, { aside })
    }
    known.tally.unreadable()
    return settler.finish(claim, owner, known.task, { state: 'FAILURE', value: unreadableValue(reason) }, { aside })
  }

  #unknown(claim: Claim, message: TaskMessage): Promise<void> {
    const { settler, forOthers, tally, logger } = this.#options
    if (forOthers !== null) return forOthers.release(claim, message)
    const reason = `no task is named ${message.name}`
    logger.error({ queue: claim.queue, reason, ...logFields(message) }, 'message of an unknown task set aside')
    tally.setAside('unknown')
    return settler.settle(claim, { aside: asideNote('unknown', reason, message) })
  }
}

function named(message: Pick<TaskMessage, 'id' | 'name'> | null): object {
  return message === null ? {} : { task: message.name, taskId: message.id }
}
