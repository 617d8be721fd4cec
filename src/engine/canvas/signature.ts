import { EngineError } from '../errors.ts'
import { maxNameLength } from '../message.ts'
import { maskedRepr } from '../python-repr.ts'
import { checkSendOptions, type SendOptions } from '../send-options.ts'
import type { TaskOptions } from '../task-options.ts'
import { isoFromMs, toWire, type Json } from '../wire-value.ts'
import { linked } from './freeze.ts'
import { kindOf, membersOf, withOptions, type WireOptions, type WireSignature } from './wire-signature.ts'

/** How a signature is sent; as with `applyAsync`. */
export type SignatureOptions = Omit<SendOptions, 'idempotencyKey' | 'idempotencySeconds'>

/** Any signature, whatever it takes and gives. */
export type AnySignature = Signature

/**
 * A call that is not made yet, as a value: part of a chain, a group or a chord, or sent by a client. It never changes.
 *
 * @typeParam Parent what it takes from whoever comes before it, in front of its own arguments: `never`, nothing; `unknown`,
 *   anything, which it does not look at
 * @typeParam Alone `true` where it can run with nothing before it
 * @typeParam Result what it gives
 */
export class Signature<Parent = never, Alone extends boolean = boolean, Result = unknown> {
  /** For the compiler alone. */
  declare readonly types?: { readonly takes: (parent: Parent) => void; readonly alone: Alone; readonly gives: Result }
  /** As it travels. */
  readonly wire: WireSignature

  constructor(wire: WireSignature) {
    this.wire = wire
  }

  /**
   * The same with options. Those of a chain are for its first task, those of a group for each member.
   *
   * @throws EngineError OPTION_INVALID
   */
  set(options: SignatureOptions): this {
    return this.with(withOptions(this.wire, wireOptions(this.wire.task, options)))
  }

  /** The same; when it ends well, these run with what it gave. */
  link(...callbacks: readonly Signature<Result>[]): this {
    if (kindOf(this.wire) === 'group') {
      throw new EngineError('OPTION_INVALID', 'link: a group has no single result; what comes after it is a chord')
    }
    return this.with(linked(this.wire, callbacks.map(toWireSignature), []))
  }

  /** The same; when it fails, these run with the id of the task that failed. */
  linkError(...errbacks: readonly Signature<string>[]): this {
    return this.with(linked(this.wire, [], errbacks.map(toWireSignature)))
  }

  protected with(wire: WireSignature): this {
    const make = this.constructor as new (wire: WireSignature) => this
    return new make(wire)
  }
}

/** A group: what it gives is a list. */
export class GroupSignature<
  Parent = never,
  Alone extends boolean = boolean,
  Results extends readonly unknown[] = readonly unknown[],
> extends Signature<Parent, Alone, Results> {
  /** How many members it has. */
  get size(): number {
    return membersOf(this.wire).length
  }
}

/** A task whose signatures can be made: its definition, or the same bound to a client. */
export interface SignatureMaker<Args extends unknown[], Result> {
  /** The task's name on the queue. */
  readonly name: string
  /**
   * A call of it that is not made yet: with all its arguments, or with all but the first, which is then what the one before it
   * in a chain gave.
   */
  s<Given extends Args | Rest<Args>>(
    ...args: Given
  ): Signature<Taken<Args, Given>, Given extends Args ? true : false, Awaited<Result>>
  /** The same with all its arguments: it takes nothing from whoever comes before it. */
  si(...args: Args): Signature<unknown, true, Awaited<Result>>
}

/** All arguments but the first. */
export type Rest<Args extends unknown[]> = Args extends [unknown?, ...infer Others extends unknown[]] ? Others : Args

/** What a call with these arguments still takes in front of them. */
export type Taken<Args extends unknown[], Given extends unknown[]> = [Args[0], ...Given] extends Args ? Args[0] : never

/** What a signature gives. */
export type ResultOf<One> = One extends Signature<never, boolean, infer Result> ? Result : never

/** What of a task its signatures are made of. */
interface NamedTask {
  readonly name: string
  readonly options: Pick<TaskOptions<never[]>, 'mask' | 'ignoreResult'>
  readonly handler: { readonly length: number }
}

/** Makes a task's signatures. */
export function signatureMaker<Args extends unknown[], Result>(task: NamedTask): SignatureMaker<Args, Result> {
  return {
    name: task.name,
    s: (...args) => taskSignature(task, args, false),
    si: (...args) => taskSignature(task, args, true),
  }
}

function taskSignature<Parent, Alone extends boolean, Result>(
  { name, options, handler }: NamedTask,
  args: readonly unknown[],
  immutable: boolean,
): Signature<Parent, Alone, Result> {
  const { mask, ignoreResult } = options
  // Behind the context. With its first argument missing a mask would take the others for what they are not.
  const isWhole = immutable || args.length >= handler.length - 1
  return new Signature({
    task: name,
    args: wireArgs(name, args),
    kwargs: {},
    options: {
      // Whoever sends it need not know the task, and so not how its arguments may be shown.
      ...(mask !== undefined && { argsrepr: isWhole ? maskedRepr(mask, () => args) : '(...)' }),
      ...(ignoreResult === true && { ignore_result: true }),
    },
    subtask_type: null,
    immutable,
  })
}

/**
 * A signature of a task by its name alone: one that another process knows, in Python perhaps. Nobody checks what it takes; what it
 * gives is said by whoever writes this.
 *
 * @param kwargs arguments by name: tasks in Python take them, those of this engine where their option `params` names them
 * @throws EngineError ARGUMENT_INVALID, OPTION_INVALID
 */
export function signature<Result = unknown>(
  name: string,
  args: readonly unknown[] = [],
  kwargs: Readonly<Record<string, unknown>> = {},
  options: SignatureOptions & { readonly immutable?: boolean } = {},
): Signature<unknown, true, Result> {
  if (name === '' || name.length > maxNameLength) {
    const expected = `a task's name of 1 to ${maxNameLength} characters`
    throw new EngineError('ARGUMENT_INVALID', `signature: expected ${expected}, came ${name.length}`)
  }
  const { immutable = false, ...sending } = options
  const named = Object.entries(kwargs).filter(([, value]) => value !== undefined)
  return new Signature({
    task: name,
    args: wireArgs(name, args),
    kwargs: Object.fromEntries(named.map(([key, value]) => [key, toWire(value, `${name}: argument ${key}`)])),
    options: wireOptions(name, sending),
    subtask_type: null,
    immutable,
  })
}

/** The same options in Celery's words. */
export function wireOptions(name: string, options: SignatureOptions): WireOptions {
  const keyed = options as SendOptions
  if (keyed.idempotencyKey !== undefined || keyed.idempotencySeconds !== undefined) {
    throw new EngineError('OPTION_INVALID', `signature of ${name}: an idempotency key is for applyAsync of one task`)
  }
  checkSendOptions(name, options)
  const { taskId, queue, countdown, eta, expiresInSeconds, priority, timeLimit, softTimeLimit } = options
  return {
    ...(taskId !== undefined && { task_id: taskId }),
    ...(queue !== undefined && { queue }),
    ...(countdown !== undefined && { countdown }),
    ...(eta !== undefined && { eta: isoFromMs(eta.getTime()) }),
    ...(expiresInSeconds !== undefined && { expires: expiresInSeconds }),
    ...(priority !== undefined && { priority }),
    ...(timeLimit !== undefined && { time_limit: timeLimit }),
    ...(softTimeLimit !== undefined && { soft_time_limit: softTimeLimit }),
  }
}

/** As it travels. */
export function toWireSignature({ wire }: { readonly wire: WireSignature }): WireSignature {
  return wire
}

/** Arguments that are left out at the end do not travel. */
export function wireArgs(name: string, args: readonly unknown[]): Json[] {
  const end = args.findLastIndex((arg) => arg !== undefined) + 1
  return args.slice(0, end).map((arg, index) => toWire(arg, `${name}: argument ${index + 1}`))
}
