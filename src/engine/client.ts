import { randomUUID } from 'node:crypto'
import type { RevocationStore, Sender } from './broker/broker.ts'
import { encodeMessage } from './encode-message.ts'
import { AsyncResult } from './async-result.ts'
import type { ResultReader } from './results/results.ts'
import { checkSendOptions, type SendOptions } from './send-options.ts'
import type { TaskDefinition } from './task.ts'

/** A task's two ways to be sent, typed by its handler's own arguments and result. */
export interface BoundTask<Args extends unknown[], Result = unknown> {
  /** Puts the task on the queue; resolves when the broker has it. */
  delay(...args: Args): Promise<AsyncResult<Result>>
  /** The same, with options. */
  applyAsync(args: Args, options?: SendOptions): Promise<AsyncResult<Result>>
}

/** A set of definitions, bound: `bind({ sendSmsCode }).sendSmsCode.delay(...)`. */
export type BoundTasks<Definitions> = {
  readonly [Name in keyof Definitions]: Definitions[Name] extends TaskDefinition<infer Args, infer Result>
    ? BoundTask<Args, Result>
    : never
}

/** What a client is made of. */
export interface ClientOptions {
  readonly sender: Sender
  readonly revocations: RevocationStore
  /** Where results are read; null: nowhere. */
  readonly results: ResultReader | null
  /** Queue for calls that name none. */
  readonly defaultQueue: string
  /** Who sends, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  /** Called after the broker has a message: wakes the dispatcher of this process. */
  readonly onSent?: () => void
}

/** What a definition adds to a call. */
interface DefinedOptions {
  readonly shownArgs?: readonly unknown[]
  readonly ignoreResult?: boolean
}

/** Sends tasks, and looks after those that were sent. */
export class Client {
  readonly #options: ClientOptions

  constructor(options: ClientOptions) {
    this.#options = options
  }

  /** Gives each definition its `delay` and `applyAsync`. */
  bind<Definitions extends Record<string, TaskDefinition<never>>>(definitions: Definitions): BoundTasks<Definitions> {
    const bound = Object.entries(definitions).map(([key, definition]) => {
      const task = definition as unknown as TaskDefinition<unknown[]>
      const applyAsync = (args: unknown[], options: SendOptions = {}): Promise<AsyncResult> => {
        const { mask, ignoreResult } = task.options
        return this.#send(task.name, args, options, {
          ...(mask && { shownArgs: mask(...args) }),
          ...(ignoreResult && { ignoreResult }),
        })
      }
      return [key, { applyAsync, delay: (...args: unknown[]) => applyAsync(args) }]
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
  send(name: string, args: readonly unknown[], options: SendOptions = {}): Promise<AsyncResult> {
    return this.#send(name, args, options, {})
  }

  /** A task that was sent earlier, or by somebody else. */
  asyncResult<Result = unknown>(id: string): AsyncResult<Result> {
    return new AsyncResult(id, this.#options.results)
  }

  /**
   * A task that has not started will not be run. It survives restarts, up to the bounds of the settings.
   *
   * @param options.terminate ends it, with its thread, if it is running
   */
  async revoke(taskId: string, options: { terminate?: boolean } = {}): Promise<void> {
    await this.#options.revocations.revoke(taskId, options.terminate ?? false)
  }

  async #send(
    name: string,
    args: readonly unknown[],
    options: SendOptions,
    defined: DefinedOptions,
  ): Promise<AsyncResult> {
    checkSendOptions(name, options)
    const { sender, results, defaultQueue, origin, onSent } = this.#options
    const {
      taskId = randomUUID(),
      queue = defaultQueue,
      priority = 0,
      idempotencyKey,
      idempotencySeconds = 86_400,
    } = options
    const now = sender.now()
    const due = options.eta?.getTime() ?? (options.countdown === undefined ? undefined : now + options.countdown * 1000)
    const message = encodeMessage({
      name,
      args,
      id: taskId,
      queue,
      origin,
      priority,
      sentAt: now,
      ...defined,
      ...(due !== undefined && { eta: due }),
      ...(options.expiresInSeconds !== undefined && { expiresAt: now + options.expiresInSeconds * 1000 }),
      ...(options.timeLimit !== undefined && { timeLimit: options.timeLimit }),
      ...(options.softTimeLimit !== undefined && { softTimeLimit: options.softTimeLimit }),
    })
    const id = await sender.enqueue({
      queue,
      taskId,
      message,
      priority,
      ...(due !== undefined && { due }),
      ...(idempotencyKey !== undefined && { once: { key: idempotencyKey, ttlSeconds: idempotencySeconds } }),
    })
    onSent?.()
    return new AsyncResult(id, results)
  }
}
