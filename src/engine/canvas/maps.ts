import { EngineError } from '../errors.ts'
import { toWire } from '../wire-value.ts'
import { group } from './canvas.ts'
import { Signature, wireArgs, type GroupSignature, type SignatureMaker } from './signature.ts'
import type { WireSignature } from './wire-signature.ts'

/** A task in Python, as `signature(name)` says it. */
type ByName<Result> = Signature<unknown, true, Result>

/**
 * One task for many values, one after another in one run: its result is the list of theirs. The whole of it is retried, and
 * limited, as one task.
 *
 * @throws EngineError ARGUMENT_INVALID
 */
export function map<One, Result>(
  task: SignatureMaker<[One], Result>,
  values: readonly One[],
): Signature<unknown, true, Awaited<Result>[]>
export function map<Result>(task: ByName<Result>, values: readonly unknown[]): Signature<unknown, true, Result[]>
export function map(task: object, values: readonly unknown[]): ByName<never> {
  const { bare, shown } = bareOf(task)
  const it = values.map((value, index) => toWire(value, `${bare.task}: value ${index + 1}`))
  return new Signature(mapOf('celery.map', { task: bare, it }, shown))
}

/** The same for a task of several arguments: `values` holds a list of arguments for each call. */
export function starmap<Args extends unknown[], Result>(
  task: SignatureMaker<Args, Result>,
  values: readonly NoInfer<Args>[],
): Signature<unknown, true, Awaited<Result>[]>
export function starmap<Result>(task: ByName<Result>, values: readonly unknown[][]): Signature<unknown, true, Result[]>
export function starmap(task: object, values: readonly (readonly unknown[])[]): ByName<never> {
  const { bare, shown } = bareOf(task)
  const it = values.map((args) => wireArgs(bare.task, args))
  return new Signature(mapOf('celery.starmap', { task: bare, it }, shown))
}

/**
 * Many calls of a task in chunks of `size`: a group, each of whose members makes so many calls one after another.
 *
 * @throws EngineError ARGUMENT_INVALID
 */
export function chunks<Args extends unknown[], Result>(
  task: SignatureMaker<Args, Result>,
  values: readonly NoInfer<Args>[],
  size: number,
): GroupSignature<unknown, true, Awaited<Result>[][]>
export function chunks<Result>(
  task: ByName<Result>,
  values: readonly unknown[][],
  size: number,
): GroupSignature<unknown, true, Result[][]>
export function chunks(
  task: object,
  values: readonly (readonly unknown[])[],
  size: number,
): GroupSignature<unknown, true, never> {
  if (!(Number.isSafeInteger(size) && size > 0)) {
    throw new EngineError('ARGUMENT_INVALID', `chunks: expected a size of 1 or more, came ${size}`)
  }
  const count = Math.ceil(values.length / size)
  const parts = Array.from({ length: count }, (_value, index) => values.slice(index * size, (index + 1) * size))
  const members = parts.map((part) => starmap(task as ByName<unknown>, part as unknown[][]))
  return group(...members) as GroupSignature<unknown, true, never>
}

function mapOf(task: string, kwargs: Record<string, unknown>, shown: boolean): WireSignature {
  const options = shown ? {} : { kwargsrepr: '{...}' }
  return { task, args: [], kwargs, options, subtask_type: null, immutable: true }
}

/** A task's signature without arguments. @returns with whether tools may show those that it is called with */
function bareOf(task: object): { bare: WireSignature; shown: boolean } {
  const { wire } = task instanceof Signature ? task : (task as SignatureMaker<unknown[], unknown>).s()
  if (wire.args.length > 0 || Object.keys(wire.kwargs).length > 0) {
    throw new EngineError(
      'ARGUMENT_INVALID',
      `${wire.task}: expected a signature without arguments, came one with some`,
    )
  }
  return { bare: wire, shown: wire.options.argsrepr === undefined }
}
