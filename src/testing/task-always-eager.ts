import type { BoundTasks } from '../engine/bound-tasks.ts'
import type { Client } from '../engine/client.ts'
import type { TaskError } from '../engine/errors.ts'
import { tasksOf, type Definitions } from './definitions.ts'
import { EagerRunner, noChords } from './eager-runner.ts'
import { MemoryResults } from './memory-results.ts'
import { testClient } from './test-client.ts'

/** How tasks run where they are sent. */
export interface EagerOptions {
  /** What tasks find in `context.settings`: plain data, which they get a copy of, as a thread does. Default: nothing. */
  readonly settings?: Readonly<Record<string, unknown>>
  /**
   * A task that fails makes the call reject that sent it, with the TaskError that its result would give (Celery's
   * `task_eager_propagates`). Default false: the error is in the result alone.
   */
  readonly taskEagerPropagates?: boolean
  /** For calls that name no queue; default `celery`. */
  readonly defaultQueue?: string
}

/** Tasks that run where they are sent. */
export interface EagerTasks<Given extends Definitions> {
  /** For what takes a client. */
  readonly client: Client
  /** The definitions, bound to it. */
  readonly tasks: BoundTasks<Given>
}

/**
 * A client whose `delay()` and `applyAsync()` run the task at once, in this process, and resolve when it has ended (Celery's
 * `task_always_eager`). Arguments and results travel in real messages; what runs is the worker's own code: in-place and durable
 * retries, without the waits of the latter, soft time limits, `replace`, and what follows a task. There is no queue: a countdown or an eta is not
 * waited for, and nobody ends a task at its hard time limit.
 *
 * @param definitions the tasks that can be run, as `client.bind` takes them
 * @throws EngineError OPTION_INVALID, TASK_NAME_TAKEN; the client's calls reject with OPTION_INVALID for a chord, which only Redis
 *   counts, and TASK_UNKNOWN for a task that was not given
 */
export function taskAlwaysEager<Given extends Definitions>(
  definitions: Given,
  { settings = {}, taskEagerPropagates = false, defaultQueue = 'celery' }: EagerOptions = {},
): EagerTasks<Given> {
  const tasks = tasksOf(definitions)
  const results = new MemoryResults()
  const revoked = new Set<string>()
  const keys = new Map<string, string>()
  const runner = new EagerRunner({ tasks, settings: structuredClone(settings), results, revoked, defaultQueue })
  const propagate = (failure: TaskError | null): void => {
    if (failure !== null && taskEagerPropagates) throw failure
  }
  const client = testClient({
    sender: {
      now: () => Date.now(),
      enqueue: async ({ taskId, queue, message, once }) => {
        const known = once === undefined ? undefined : keys.get(once.key)
        if (known !== undefined) return known
        if (once !== undefined) keys.set(once.key, taskId)
        propagate(await runner.run([{ queue, raw: Buffer.from(message) }]))
        return taskId
      },
      enqueueAll: async (messages) => {
        propagate(await runner.run(messages.map(({ queue, text }) => ({ queue, raw: Buffer.from(String(text)) }))))
      },
    },
    results,
    onChords: () => {
      throw noChords()
    },
    onRevoked: (ids) => ids.forEach((id) => revoked.add(id)),
    tasks,
    defaultQueue,
  })
  return { client, tasks: client.bind(definitions) }
}
