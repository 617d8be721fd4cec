/**
 * The names of the broker's keys. The lists are Celery's (kombu.transport.redis); the keys under `lovage:` are ours.
 * A global prefix goes in front of all.
 */
export class BrokerKeys {
  readonly #prefix: string

  constructor(prefix = '') {
    this.#prefix = prefix
  }

  /** Priority steps of kombu, in the order in which they are served. */
  static readonly prioritySteps = [0, 3, 6, 9] as const

  /** Separates a queue's name from its priority step (kombu's default `sep`). */
  static readonly separator = '\x06\x16'

  /** The list of a queue for a priority of 0 to 9. */
  list(queue: string, priority = 0): string {
    const step = BrokerKeys.prioritySteps.findLast((step) => step <= priority) ?? 0
    return `${this.#prefix}${queue}${step === 0 ? '' : `${BrokerKeys.separator}${step}`}`
  }

  /** All lists of a queue, in the order in which they are served. */
  lists(queue: string): string[] {
    return BrokerKeys.prioritySteps.map((step) => this.list(queue, step))
  }

  /** SET of a queue's bindings, `<routing key>\x06\x16<pattern>\x06\x16<queue>`: where kombu looks a queue up. */
  binding(queue: string): string {
    return `${this.#prefix}_kombu.binding.${queue}`
  }

  /** HASH claim id -> `<list key>\0<raw message>`: what one start of one node holds. */
  claims(node: string, epoch: string): string {
    return `${this.#prefix}lovage:claims:${node}:${epoch}`
  }

  /** STRING with the lease as its life: this start is alive. */
  node(node: string, epoch: string): string {
    return `${this.#prefix}lovage:node:${node}:${epoch}`
  }

  /** SET of JSON `[node, epoch]`: every start that may hold claims. */
  nodes(): string {
    return `${this.#prefix}lovage:nodes`
  }

  /** ZSET Unix ms -> entry id: messages set aside from a queue. Beside it `:n`, a HASH of notes, and a STRING `:m:<entry id>` per raw message. */
  aside(kind: string, queue: string): string {
    return `${this.#prefix}lovage:${kind}:${queue}`
  }
}
