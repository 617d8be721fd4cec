import { EngineError } from './errors.ts'
import type { CheckSendable } from './sendable.ts'

/** What a running task is told about itself. */
export interface TaskContext {
  /** The task's id, the same in every retry. Good for a request id that makes a side effect happen once. */
  readonly id: string
  /** The task's name. */
  readonly name: string
  /** How many durable retries came before this run: 0 in the first. */
  readonly retries: number
  /** Aborted when the task reaches its soft time limit. */
  readonly signal: AbortSignal
  /** The process's settings for tasks, checked at its start; plain data, one entry per subject. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** How a task runs. Every option may be left out. */
export interface TaskOptions<Args extends unknown[]> {
  /**
   * Within one run: how often a TransientError is tried again, 0 to 10, and the wait before the first, in milliseconds,
   * doubled each time. No new try starts later than 5 s after the first. Default: none.
   */
  readonly retryInPlace?: { readonly times: number; readonly waitMs: number }
  /** Seconds after which `context.signal` is aborted and the run ends with SoftTimeLimitExceeded. Default: none. */
  readonly softTimeLimit?: number
  /** The arguments as logs, events and tools may show them. Default: as they are. */
  readonly mask?: (...args: Args) => readonly unknown[]
  /** No result is stored. Default false. */
  readonly ignoreResult?: boolean
}

/** A function as `defineTask` takes it: the context first, then the arguments that `delay()` is called with. */
export type TaskHandler<Args extends unknown[], Result> = (
  context: TaskContext,
  ...args: Args
) => Result | Promise<Result>

type AnyHandler = (context: TaskContext, ...args: never[]) => unknown
type ArgsOf<Handler> = Handler extends (context: TaskContext, ...args: infer Args) => unknown ? Args : never

/** A task, as a value. It does nothing until it is bound to a client or loaded by a worker. */
export interface TaskDefinition<Args extends unknown[] = never[], Result = unknown> {
  readonly kind: 'lovage.task'
  readonly name: string
  readonly options: TaskOptions<Args>
  readonly handler: TaskHandler<Args, Result>
}

const knownOptions = new Set(['retryInPlace', 'softTimeLimit', 'mask', 'ignoreResult'])

/**
 * Defines a task.
 *
 * @param name the task's name on the queue, as Celery's clients call it: printable, without blanks
 * @param options how it runs
 * @param handler what it does. Its parameters after the context are the task's arguments: JSON values, Date, Uint8Array
 * @throws EngineError OPTION_INVALID, saying what was expected and what came
 */
export function defineTask<Handler extends AnyHandler>(
  name: string,
  options: TaskOptions<ArgsOf<NoInfer<Handler>>>,
  handler: Handler & CheckSendable<ArgsOf<NoInfer<Handler>>>,
): TaskDefinition<ArgsOf<Handler>, Awaited<ReturnType<Handler>>> {
  if (typeof name !== 'string' || !/^[!-~]{1,200}$/.test(name)) {
    throw new EngineError(
      'OPTION_INVALID',
      `a task's name: expected 1 to 200 printable characters without blanks, came ${show(name)}`,
    )
  }
  const fail = (what: string, expected: string, came: unknown): never => {
    throw new EngineError('OPTION_INVALID', `task ${name}: ${what}: expected ${expected}, came ${show(came)}`)
  }
  if (typeof handler !== 'function') fail('handler', 'a function', handler)
  for (const key of Object.keys(options)) {
    if (!knownOptions.has(key)) fail(`option ${key}`, `one of ${[...knownOptions].join(', ')}`, key)
  }
  const { retryInPlace, softTimeLimit, mask, ignoreResult } = options
  if (retryInPlace !== undefined) {
    const { times, waitMs } = retryInPlace
    if (!Number.isInteger(times) || times < 0 || times > 10)
      fail('retryInPlace.times', 'a whole number from 0 to 10', times)
    if (!Number.isFinite(waitMs) || waitMs < 0) fail('retryInPlace.waitMs', 'milliseconds, 0 or more', waitMs)
  }
  if (softTimeLimit !== undefined && !(Number.isFinite(softTimeLimit) && softTimeLimit > 0)) {
    fail('softTimeLimit', 'seconds, more than 0', softTimeLimit)
  }
  if (mask !== undefined && typeof mask !== 'function') fail('mask', 'a function', mask)
  if (ignoreResult !== undefined && typeof ignoreResult !== 'boolean')
    fail('ignoreResult', 'true or false', ignoreResult)
  const typed = handler as unknown as TaskHandler<ArgsOf<Handler>, Awaited<ReturnType<Handler>>>
  return Object.freeze({ kind: 'lovage.task', name, options: Object.freeze({ ...options }), handler: typed })
}

/** Whether a value is what {@link defineTask} returned. */
export function isTaskDefinition(value: unknown): value is TaskDefinition {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'lovage.task'
}

function show(value: unknown): string {
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value))
}
