import { signatureMaker, type Signature, type SignatureMaker } from './canvas/signature.ts'
import { EngineError } from './errors.ts'
import type { CheckSendable } from './sendable.ts'
import { checkOptions, show, type TaskOptions } from './task-options.ts'

export type { TaskOptions } from './task-options.ts'

/** What a running task is told about itself. */
export interface TaskContext {
  /** The task's id, the same in every retry. Good for a request id that makes a side effect happen once. */
  readonly id: string
  /** The task's name. */
  readonly name: string
  /** How many durable retries came before this run: 0 in the first. */
  readonly retries: number
  /** What the TransientError of an earlier run had as its `memo`; null: nothing. A later run without one leaves it as it is. */
  readonly memo: string | null
  /** Aborted when the task reaches its soft time limit. */
  readonly signal: AbortSignal
  /** The process's settings for tasks, checked at its start; plain data, one entry per subject. */
  readonly settings: Readonly<Record<string, unknown>>
  /**
   * Shows how far the task is: stored as its state until it ends, where `AsyncResult` finds it.
   *
   * @param state a word of capitals, such as PROGRESS; not one of the states that end a task
   * @param meta a JSON value
   * @throws EngineError ARGUMENT_INVALID
   */
  updateState(state: string, meta?: unknown): void
  /**
   * Writes a line into the process's log and into the task's record, with the task's id. Values are shown as `console.log` shows them; a line
   * is cut at 500 characters. What a task logs faster than it can be taken is left out, and counted. Nothing secret belongs in it.
   */
  readonly log: (...values: unknown[]) => void
  /**
   * Ends the run: the signature takes this task's place. What it gives in the end is this task's result, and whatever comes after
   * this task comes after that. It throws, so nothing behind it is run.
   *
   * @throws EngineError ARGUMENT_INVALID for a signature with an id of its own
   */
  replace(signature: Signature<never, true>): never
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

/** What {@link defineTask} gives: the definition, and how signatures of it are made. */
export type Task<Args extends unknown[], Result> = TaskDefinition<Args, Result> & SignatureMaker<Args, Result>

/**
 * Defines a task.
 *
 * @param name the task's name on the queue, as Celery's clients call it: printable, without blanks
 * @param options how it runs
 * @param handler what it does. Its parameters after the context are the task's arguments: JSON values, Date, Uint8Array,
 *   PythonValue. One that may be left out has a default; a `?` alone can't be seen when it runs, and a call without it is refused
 * @throws EngineError OPTION_INVALID, saying what was expected and what came
 */
export function defineTask<Handler extends AnyHandler>(
  name: string,
  options: TaskOptions<ArgsOf<NoInfer<Handler>>>,
  handler: Handler & CheckSendable<ArgsOf<NoInfer<Handler>>>,
): Task<ArgsOf<Handler>, Awaited<ReturnType<Handler>>> {
  if (typeof name !== 'string' || !/^[!-~]{1,200}$/.test(name)) {
    throw new EngineError(
      'OPTION_INVALID',
      `a task's name: expected 1 to 200 printable characters without blanks, came ${show(name)}`,
    )
  }
  if (typeof handler !== 'function') {
    throw new EngineError('OPTION_INVALID', `task ${name}: handler: expected a function, came ${show(handler)}`)
  }
  checkOptions(name, options)
  checkParams(name, options.params, handler.length - 1)
  const typed = handler as unknown as TaskHandler<ArgsOf<Handler>, Awaited<ReturnType<Handler>>>
  const definition = { kind: 'lovage.task', name, options: Object.freeze({ ...options }), handler: typed } as const
  return Object.freeze({
    ...definition,
    ...signatureMaker<ArgsOf<Handler>, Awaited<ReturnType<Handler>>>(definition as unknown as TaskDefinition),
  })
}

/** @param least how many parameters there are at least: those in front of the first one with a default */
function checkParams(task: string, params: readonly string[] | undefined, least: number): void {
  if (params === undefined || params.length >= least) return
  throw new EngineError(
    'OPTION_INVALID',
    `task ${task}: params: expected the names of all ${least} parameters after the context, came ${show(params)}`,
  )
}

/** Whether a value is what {@link defineTask} returned. */
export function isTaskDefinition(value: unknown): value is TaskDefinition {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'lovage.task'
}
