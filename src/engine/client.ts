import { randomUUID } from 'node:crypto'
import type { ChordStore, RevocationStore, Sender } from './broker/broker.ts'
import { AsyncResult } from './async-result.ts'
import type { BoundTask, BoundTasks } from './bound-tasks.ts'
import { freeze } from './canvas/freeze.ts'
import type { ResultNode } from './canvas/result-node.ts'
import type { SendPlan } from './canvas/send-plan.ts'
import {
  signature,
  signatureMaker,
  type GroupSignature,
  type Signature,
  type SignatureOptions,
} from './canvas/signature.ts'
import { EngineError } from './errors.ts'
import { GroupResult } from './group-result.ts'
import { maxNameLength } from './message.ts'
import { MessageWriter } from './message-writer.ts'
import { messageWith, plainMessage, type TaskKind } from './outgoing-message.ts'
import type { ResultReader } from './results/results.ts'
import { notedInRedis } from './control-message.ts'
import type { SentEvents } from './sent-events.ts'
import type { EtaPlace, SendOptions } from './send-options.ts'
import { SentSpans } from './sent-spans.ts'
import type { TaskDefinition } from './task.ts'
import type { TraceHeaders } from './trace-headers.ts'
import { tracedPlan } from './traced-plan.ts'
import type { Tracer } from './tracer.ts'

/** What a client is made of. */
export interface ClientOptions {
  readonly sender: Sender
  readonly revocations: RevocationStore
  /** Where results are read; null: nowhere. */
  readonly results: ResultReader | null
  /** Chords, where results are. */
  readonly chords: Pick<ChordStore, 'open'>
  /** Queue for calls that name none. */
  readonly defaultQueue: string
  /** Where messages wait that are due later, for calls that do not say it; signatures' always wait on their queues. */
  readonly etaIn: EtaPlace
  /** Who sends, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  /** Tells all nodes on the broker something that they don't reply to, by remote control. */
  readonly tellNodes: (method: string, given: Readonly<Record<string, unknown>>) => Promise<unknown>
  /** How tasks of this process that are not bound show their arguments; undefined: as they are, or nobody here knows. */
  readonly maskOf: (name: string) => TaskKind['mask']
  /** Told of each message that the broker has taken; null: nobody wants to know. */
  readonly sent: Pick<SentEvents, 'sent'> | null
  /** Told what is sent; default: nobody is. */
  readonly tracer?: Pick<Tracer, 'sends' | 'apart'> | null
}

/** Sends tasks, and looks after those that were sent. */
export class Client {
  /** A signature of a task by its name alone, in Python perhaps: see `signature`. */
  readonly signature = signature
  readonly #options: ClientOptions
  /** How tasks that are bound here show their arguments. */
  readonly #masks = new Map<string, TaskKind['mask']>()

  constructor(options: ClientOptions) {
    this.#options = options
  }

  /** Gives each definition its `delay` and `applyAsync`, and `s` and `si` for signatures. */
  bind<Definitions extends Record<string, TaskDefinition<never>>>(definitions: Definitions): BoundTasks<Definitions> {
    const { origin } = this.#options
    const bound = Object.entries(definitions).map(([key, definition]) => {
      const { name, options } = definition as unknown as TaskDefinition<unknown[]>
      const { mask, ignoreResult = false } = options
      this.#masks.set(name, mask)
      const kind = { name, mask, writer: new MessageWriter({ name, origin, ignoreResult }) }
      const task: BoundTask<unknown[]> = {
        applyAsync: (args, sendOptions) => this.#send(kind, args, sendOptions),
        delay: (...args) => this.#send(kind, args),
        ...signatureMaker<unknown[], unknown>(definition as unknown as TaskDefinition<unknown[]>),
      }
      return [key, task]
    })
    return Object.fromEntries(bound) as BoundTasks<Definitions>
  }

  /**
   * Sends a task by its name alone: one that another process knows.
   *
   * @throws EngineError as `delay` and `applyAsync`: OPTION_INVALID, ARGUMENT_INVALID before anything is sent; QUEUE_FULL
   *   (a QueueFullError, which tells when to come back); BROKER_UNAVAILABLE where the broker did not say that it has the
   *   message (it may have it all the same)
   */
  send(name: string, args: readonly unknown[], options?: SendOptions): Promise<AsyncResult> {
    if (name === '' || name.length > maxNameLength) {
      const error = `send: expected a task's name of 1 to ${maxNameLength} characters, came ${name.length}`
      return Promise.reject(new EngineError('ARGUMENT_INVALID', error))
    }
    const { origin } = this.#options
    return this.#send(
      { name, mask: tolerant(this.#maskOf(name)), writer: new MessageWriter({ name, origin }) },
      args,
      options,
    )
  }

  /**
   * Sends a chain, a group, a chord, or a single signature: what of it can begin goes to its queues, all or nothing.
   *
   * @returns the result of its last task, whose `parent` is that of the one before it; of a group, the results of its members
   * @throws EngineError as {@link Client.send}
   */
  applyAsync<Results extends readonly unknown[]>(
    group: GroupSignature<never, true, Results>,
    options?: SignatureOptions,
  ): Promise<GroupResult<Results>>
  applyAsync<Result>(
    signature: Signature<never, true, Result>,
    options?: SignatureOptions,
  ): Promise<AsyncResult<Result>>
  async applyAsync(
    signature: Signature<never, true>,
    options: SignatureOptions = {},
  ): Promise<AsyncResult | GroupResult> {
    const { sender, defaultQueue, origin, tracer = null } = this.#options
    const { signature: frozen, result } = freeze(signature.set(options).wire, randomUUID)
    const maskOf = (name: string): TaskKind['mask'] => this.#maskOf(name)
    const context = { parentId: null, rootId: null, now: sender.now(), defaultQueue, origin, maskOf }
    const { plan, spans } = tracedPlan(frozen, context, tracer)
    const sending = tracer === null ? this.#sendPlan(plan) : tracer.apart(() => this.#sendPlan(plan))
    spans?.endWith(sending)
    await sending
    return this.#resultOf(result)
  }

  async #sendPlan({ chords: opened, messages }: SendPlan): Promise<void> {
    const { sender, chords } = this.#options
    if (opened.length > 0) await chords.open(opened)
    await sender.enqueueAll(messages)
  }

  /** A task that was sent earlier, or by somebody else. */
  asyncResult<Result = unknown>(id: string): AsyncResult<Result> {
    return new AsyncResult(id, this.#options.results)
  }

  /**
   * A task that has not started will not be run. That survives restarts, up to the bounds of the settings; Celery's workers are told, and
   * forget it when they end.
   *
   * @param options.terminate ends it, with its thread, if it is running; on a Celery worker, with its process
   */
  async revoke(taskId: string, options: { terminate?: boolean } = {}): Promise<void> {
    const { terminate = false } = options
    await this.#options.revocations.revoke([taskId], terminate)
    await this.#options.tellNodes('revoke', { task_id: taskId, terminate, signal: 'SIGTERM', [notedInRedis]: true })
  }

  #maskOf(name: string): TaskKind['mask'] {
    return this.#masks.get(name) ?? this.#options.maskOf(name)
  }

  #resultOf(node: ResultNode): AsyncResult | GroupResult {
    const line: ResultNode[] = []
    for (let one: ResultNode | null = node.parent; one !== null; one = one.parent) line.push(one)
    const before = line.reduceRight<AsyncResult | GroupResult | null>((above, one) => this.#oneResult(one, above), null)
    return this.#oneResult(node, before)
  }

  #oneResult({ id, members }: ResultNode, parent: AsyncResult | GroupResult | null): AsyncResult | GroupResult {
    if (members === null) return new AsyncResult(id, this.#options.results, parent)
    return new GroupResult(id, members.map((member) => this.#resultOf(member)) as AsyncResult[], parent)
  }

  #send(kind: TaskKind, args: readonly unknown[], options?: SendOptions): Promise<AsyncResult> {
    const { tracer = null } = this.#options
    return tracer === null ? this.#sendNow(kind, args, options) : this.#sendTraced(tracer, kind, args, options)
  }

  async #sendTraced(
    tracer: Pick<Tracer, 'sends' | 'apart'>,
    kind: TaskKind,
    args: readonly unknown[],
    { taskId = randomUUID(), queue = this.#options.defaultQueue, ...options }: SendOptions = {},
  ): Promise<AsyncResult> {
    const spans = new SentSpans(tracer)
    const trace = spans.begin({ id: taskId, name: kind.name, queue })
    const sending = tracer.apart(() => this.#sendNow(kind, args, { ...options, taskId, queue }, trace))
    spans.endWith(sending)
    return sending
  }

  #sendNow(
    kind: TaskKind,
    args: readonly unknown[],
    options?: SendOptions,
    trace?: TraceHeaders,
  ): Promise<AsyncResult> {
    const { sender, results, sent } = this.#options
    try {
      const outgoing =
        options === undefined
          ? plainMessage(kind, args, this.#options)
          : messageWith(kind, args, options, this.#options, trace)
      return sender.enqueue(outgoing).then((id) => {
        // Any other id is that of an earlier call with the same idempotency key.
        if (sent !== null && id === outgoing.taskId) sent.sent(outgoing)
        return new AsyncResult(id, results)
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/** A mask for arguments that nobody has checked: where it can't cope with them, none is shown. */
function tolerant(mask: TaskKind['mask']): TaskKind['mask'] {
  if (mask === undefined) return undefined
  return (...args) => {
    try {
      return mask(...args)
    } catch {
      return ['...']
    }
  }
}
