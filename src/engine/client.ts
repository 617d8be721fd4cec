import { randomUUID } from 'node:crypto'
import type { Broker } from './broker/broker.ts'
import { EngineError, messageOf } from './errors.ts'
import { encodeMessage } from './message.ts'
import type { TaskDefinition } from './task.ts'

/** How one call is sent. */
export interface SendOptions {
  /** The task's id; a new UUID where it is left out. */
  readonly taskId?: string
  /** The queue; the client's default where it is left out. */
  readonly queue?: string
  /** The task must not start later than this many seconds from now. */
  readonly expiresInSeconds?: number
}

/** A task that was sent. */
export interface SentTask {
  readonly id: string
}

/** A task's two ways to be sent, typed by its handler's own arguments. */
export interface BoundTask<Args extends unknown[]> {
  /** Puts the task on the queue; resolves when the broker has it. */
  delay(...args: Args): Promise<SentTask>
  /** The same, with options. */
  applyAsync(args: Args, options?: SendOptions): Promise<SentTask>
}

/** A set of definitions, bound: `bind({ sendSmsCode }).sendSmsCode.delay(...)`. */
export type BoundTasks<Definitions> = {
  readonly [Name in keyof Definitions]: Definitions[Name] extends TaskDefinition<infer Args, infer _Result>
    ? BoundTask<Args>
    : never
}

/** What a client is made of. */
export interface ClientOptions {
  readonly broker: Pick<Broker, 'enqueue'>
  /** Queue for calls that name none. */
  readonly defaultQueue: string
  /** Who sends, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  /** Called after the broker has a message: wakes the dispatcher of this process. */
  readonly onSent?: () => void
}

/** Sends tasks. */
export class Client {
  readonly #options: ClientOptions

  constructor(options: ClientOptions) {
    this.#options = options
  }

  /** Gives each definition its `delay` and `applyAsync`. */
  bind<Definitions extends Record<string, TaskDefinition<never>>>(definitions: Definitions): BoundTasks<Definitions> {
    const bound = Object.entries(definitions).map(([key, definition]) => {
      const task = definition as unknown as TaskDefinition<unknown[]>
      const applyAsync = (args: unknown[], options: SendOptions = {}): Promise<SentTask> => {
        const { mask, ignoreResult } = task.options
        return this.#send(task.name, args, {
          ...options,
          ...(mask && { shownArgs: mask(...args) }),
          ...(ignoreResult && { ignoreResult }),
        })
      }
      return [key, { applyAsync, delay: (...args: unknown[]) => applyAsync(args) }]
    })
    return Object.fromEntries(bound) as BoundTasks<Definitions>
  }

  /** Sends a task by its name alone: one that another process knows. */
  send(name: string, args: readonly unknown[], options: SendOptions = {}): Promise<SentTask> {
    return this.#send(name, args, options)
  }

  /**
   * @throws EngineError ARGUMENT_INVALID before anything is sent; BROKER_UNAVAILABLE where the broker did not say that it
   *   has the message (it may have it all the same)
   */
  async #send(
    name: string,
    args: readonly unknown[],
    options: SendOptions & { shownArgs?: readonly unknown[]; ignoreResult?: boolean },
  ): Promise<SentTask> {
    const { broker, defaultQueue, origin, onSent } = this.#options
    const { taskId: id = randomUUID(), queue = defaultQueue, expiresInSeconds, shownArgs, ignoreResult } = options
    const message = encodeMessage({
      name,
      args,
      id,
      queue,
      origin,
      ...(shownArgs && { shownArgs }),
      ...(ignoreResult && { ignoreResult }),
      ...(expiresInSeconds !== undefined && { expiresAt: Date.now() + expiresInSeconds * 1000 }),
    })
    try {
      await broker.enqueue(queue, message)
    } catch (error) {
      throw new EngineError('BROKER_UNAVAILABLE', `task ${name} was not taken by the broker: ${messageOf(error)}`, {
        cause: error,
      })
    }
    onSent?.()
    return { id }
  }
}
