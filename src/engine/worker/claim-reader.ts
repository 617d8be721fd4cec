import type { AsideNote, Broker, Claim } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { decodeMessage, type TaskMessage } from '../message.ts'
import type { TaskDefinition } from '../task.ts'
import { asideNote } from './aside-note.ts'
import type { Settler } from './settler.ts'
import { knownTask, type KnownTask, type KnownTaskOptions, type Work } from './work.ts'

/** What a claim reader works with. */
export interface ClaimReaderOptions extends KnownTaskOptions {
  readonly broker: Pick<Broker, 'now'>
  readonly settler: Settler
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  readonly logger: Logger
}

/** Reads what was claimed. What can't be run now is settled at once: set aside, or put on the schedule. */
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
    const { broker, settler, logger } = this.#options
    let message: TaskMessage
    try {
      message = decodeMessage(claim.raw)
    } catch (error) {
      return this.#setAside(claim, 'unreadable', messageOf(error), null)
    }
    if (message.eta !== null && message.eta > broker.now()) {
      logger.debug({ task: message.name, id: message.id, eta: message.eta }, 'task scheduled')
      return settler.settle(claim, { schedule: { due: message.eta } })
    }
    const known = this.known.get(message.name)
    if (known === undefined) return this.#setAside(claim, 'unknown', `no task is named ${message.name}`, message)
    const expectedMs = known.shares && message.crashes === 0 ? known.runTime.expectedMs : null
    return { claim, message, task: known.task, policy: known.policy, known, expectedMs, part: 0, begunAt: 0 }
  }

  async #setAside(
    claim: Claim,
    kind: Exclude<AsideNote['kind'], 'dead'>,
    reason: string,
    message: TaskMessage | null,
  ): Promise<void> {
    const { settler, logger } = this.#options
    const fields = { queue: claim.queue, reason, ...(message && { task: message.name, id: message.id }) }
    logger.error(fields, kind === 'unknown' ? 'message of an unknown task set aside' : 'unreadable message set aside')
    return settler.settle(claim, { aside: asideNote(kind, reason, message) })
  }
}
