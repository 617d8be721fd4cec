import { EngineError } from './errors.ts'
import { show } from './task-options.ts'

/** A queue as kombu binds it: what is sent to the exchange under the routing key goes on the queue's list. */
export interface QueueBinding {
  readonly name: string
  /** A direct one. */
  readonly exchange: string
  readonly routingKey: string
}

/**
 * The queues of a process. Which of them it takes tasks from may change while it runs.
 *
 * A queue that is given up is still looked after: what was scheduled for it here may be known to Lovage alone, and whoever takes
 * tasks from it now need not be a Lovage.
 */
export class Queues {
  readonly #served = new Map<string, QueueBinding>()
  readonly #known = new Set<string>()
  #names: readonly string[] = []

  /** @param names of the queues at the start, each with an exchange of its own name, as Celery has it */
  constructor(names: readonly string[]) {
    for (const name of names) this.add({ name, exchange: name, routingKey: name })
  }

  /** Those that tasks are taken from, in the order in which they came. */
  get names(): readonly string[] {
    return this.#names
  }

  /** The same, with how they are bound. */
  get bindings(): readonly QueueBinding[] {
    return [...this.#served.values()]
  }

  /** Every queue that tasks were ever taken from by this start. */
  get known(): ReadonlySet<string> {
    return this.#known
  }

  has(name: string): boolean {
    return this.#served.has(name)
  }

  /** Takes tasks from it, too; it is bound as it was where it is served already. */
  add(binding: QueueBinding): void {
    if (this.#served.has(binding.name)) return
    this.#served.set(binding.name, binding)
    this.#known.add(binding.name)
    this.#names = [...this.#served.keys()]
  }

  /** Takes no more tasks from it. */
  remove(name: string): void {
    if (this.#served.delete(name)) this.#names = [...this.#served.keys()]
  }
}

/** Keys of Celery's and ours: what lies under them is no queue, though some of them are lists. */
const otherKeys = /^(?:lovage:|_kombu\.|celery-task-meta-|celery-taskset-meta-|unacked(?:_index|_mutex)?$)/

/**
 * Checks a name that comes from outside.
 *
 * @throws EngineError OPTION_INVALID
 */
export function checkQueueName(name: string): void {
  if (/^[^\s,\p{Cc}]{1,255}$/u.test(name) && !otherKeys.test(name)) return
  const expected =
    "a queue's name of at most 255 characters without blanks and commas, none of Celery's and Lovage's own keys"
  throw new EngineError('OPTION_INVALID', `expected ${expected}, came ${show(name.slice(0, 80))}`)
}
