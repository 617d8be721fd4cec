import type { AsyncResult } from './async-result.ts'
import type { SignatureMaker } from './canvas/signature.ts'
import type { SendOptions } from './send-options.ts'
import type { TaskDefinition } from './task.ts'

/** A task's two ways to be sent, and its signatures, typed by its handler's own arguments and result. */
export interface BoundTask<Args extends unknown[], Result = unknown> extends SignatureMaker<Args, Result> {
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
