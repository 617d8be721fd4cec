/** What the id of a scheduled entry begins with that goes behind all others of its list when it is due (promote.lua). */
export const behindPrefix = 'behind:'

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

  /** One element of a binding, of a queue that needs no pattern. */
  boundQueue(routingKey: string, queue: string): string {
    return [routingKey, '', queue].join(BrokerKeys.separator)
  }

  /** PUB/SUB channel of a fanout exchange in a database (kombu's `fanout_prefix`). */
  fanoutChannel(exchange: string, database: number): string {
    return `${this.#prefix}/${database}.${exchange}`
  }

  /** PUB/SUB channel of one routing key of such an exchange (kombu's `fanout_patterns`). `*`: a pattern that all of them match. */
  topicChannel(exchange: string, database: number, routingKey: string): string {
    return `${this.fanoutChannel(exchange, database)}/${routingKey}`
  }

  /** HASH number -> list key: the batches of messages that one start of one node holds, and where they came from. */
  claims(node: string, epoch: string): string {
    return `${this.#prefix}lovage:claims:${node}:${epoch}`
  }

  /** LIST: the messages of one of those batches. */
  batch(node: string, epoch: string, number: number): string {
    return `${this.claims(node, epoch)}:${number}`
  }

  /** STRING with the lease as its life: this start is alive. */
  node(node: string, epoch: string): string {
    return `${this.#prefix}lovage:node:${node}:${epoch}`
  }

  /** SET of JSON `[node, epoch]`: every start that may hold claims. */
  nodes(): string {
    return `${this.#prefix}lovage:nodes`
  }

  /**
   * ZSET Unix ms -> entry id: messages set aside from a queue. Beside it `:n`, a HASH of notes, per raw message a STRING
   * `:m:<entry id>`, and where a CPU profile was made a STRING `:p:<entry id>`.
   */
  aside(kind: string, queue: string): string {
    return `${this.#prefix}lovage:${kind}:${queue}`
  }

  /** SET of the names of all those ZSETs. */
  asideIndex(): string {
    return `${this.#prefix}lovage:aside`
  }

  /** ZSET due Unix ms -> entry id: scheduled messages. Beside it `:m`, a HASH entry id -> `<list key>\0<raw message>`. */
  schedule(queue: string): string {
    return `${this.#prefix}lovage:eta:${queue}`
  }

  /** ZSET due Unix ms -> entry id: those of the scheduled messages that will be run again (retries.lua). */
  retries(queue: string): string {
    return `${this.schedule(queue)},retries`
  }

  /**
   * HASH task -> how many of its messages wait for its rate limit. Beside it per task a ZSET `:<task>`, when to look next (Unix ms) -> key of
   * the limit, and per key a LIST `:<task>\x06\x16<key>`, the next one in front (limited.lua). No queue's name has a comma.
   */
  limited(queue: string): string {
    return `${this.schedule(queue)},limited`
  }

  /** STRING that lives no longer than it matters: when a task last started, in Unix microseconds. `owner`: the process, where it is its own. */
  rate(task: string, key: string, owner: string): string {
    return `${this.#prefix}lovage:rate:${[task, key, owner].join(BrokerKeys.separator)}`
  }

  /** STRING that lives for 30 days: microseconds from one start of a task to the next, as remote control has set it. */
  rateSet(task: string): string {
    return `${this.#prefix}lovage:rate-set:${task}`
  }

  /** STRING that lives for a minute: a message was put on a queue. Tells a repeated call from a new one. */
  sent(token: string): string {
    return `${this.#prefix}lovage:sent:${token}`
  }

  /** STRING with the id of the task that an idempotency key stands for. */
  once(key: string): string {
    return `${this.#prefix}lovage:once:${key}`
  }

  /** STRING `<epoch>:<claim>`: a task whose side effects must not be repeated was started, and has not been settled. */
  started(taskId: string): string {
    return `${this.#prefix}lovage:started:${taskId}`
  }

  /** ZSET Unix ms -> task id: tasks that must not run. */
  revoked(): string {
    return `${this.#prefix}lovage:revoked`
  }

  /** ZSET Unix ms -> task id: those of them whose running thread is to be ended. */
  terminated(): string {
    return `${this.#prefix}lovage:terminated`
  }

  /** STRING: how often anything was revoked. */
  revocations(): string {
    return `${this.#prefix}lovage:revocations`
  }

  /** HASH: where a periodic task stands. */
  beat(entry: string): string {
    return `${this.#prefix}lovage:beat:${entry}`
  }

  /** HASH queue -> Unix ms at which it was paused. */
  paused(): string {
    return `${this.#prefix}lovage:paused`
  }

  /** HASH task id -> its record. Beside it, under names that begin with this one and a colon, what records are found by (records.lua). */
  records(): string {
    return `${this.#prefix}lovage:records`
  }

  /** STRING that is written to find out whether the server takes writes. */
  probe(): string {
    return `${this.#prefix}lovage:probe`
  }

  /** Celery's own claims: HASH delivery tag -> JSON `[message, exchange, routing key]`. */
  unacked(): string {
    return `${this.#prefix}unacked`
  }

  /** ZSET delivery tag -> Unix seconds at which a Celery worker claimed it. */
  unackedIndex(): string {
    return `${this.#prefix}unacked_index`
  }

  /** STRING, held around a sweep of Celery's claims. */
  unackedMutex(): string {
    return `${this.#prefix}unacked_mutex`
  }
}
