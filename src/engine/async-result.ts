import { EngineError, messageOf, TaskError } from './errors.ts'
import { exactNumbers } from './exact-json.ts'
import { GroupResult } from './group-result.ts'
import { isRecord } from './message.ts'
import { fromWire, type Json } from './wire-value.ts'
import type { ResultMeta, ResultReader, TaskState } from './results/results.ts'

/** A task that was sent, and what becomes of it; as Celery's AsyncResult. */
export class AsyncResult<Result = unknown> {
  readonly id: string
  /** Of the task, or the group, that it comes after in a chain or chord; null where it is the first, or nobody knows. */
  readonly parent: AsyncResult | GroupResult | null
  readonly #results: ResultReader | null

  /** @param results null: none are kept, and only `id` is of use */
  constructor(id: string, results: ResultReader | null, parent: AsyncResult | GroupResult | null = null) {
    this.id = id
    this.parent = parent
    this.#results = results
  }

  /** Its state: PENDING while nothing is known of it, which is also so for an id that never was. */
  async state(): Promise<TaskState> {
    return (await this.#reader().read(this.id))?.state ?? 'PENDING'
  }

  /**
   * What the backend holds: in a state of the task's own, such as PROGRESS, what it last said. undefined: nothing.
   *
   * @throws EngineError RESULT_UNREADABLE, RESULT_MISSING
   */
  async info(): Promise<unknown> {
    const meta = await this.#reader().read(this.id)
    return meta === null ? undefined : this.#valueOf(meta)
  }

  /**
   * Waits until the task has ended, and gives what it returned.
   *
   * @param options.timeout seconds to wait at most; default: without a limit
   * @throws TaskError when it failed or was revoked; EngineError RESULT_TIMEOUT, RESULT_MISSING, RESULT_UNREADABLE
   */
  async get(options: { timeout?: number } = {}): Promise<Result> {
    const { timeout } = options
    if (timeout !== undefined && !(Number.isFinite(timeout) && timeout >= 0)) {
      throw new EngineError('OPTION_INVALID', `get: timeout: expected seconds, 0 or more, came ${timeout}`)
    }
    const meta = await this.#reader().wait(this.id, timeout === undefined ? null : timeout * 1000)
    if (meta === null) throw new EngineError('RESULT_TIMEOUT', `task ${this.id} has not ended within ${timeout} s`)
    if (meta.state === 'SUCCESS') return this.#valueOf(meta) as Result
    throw errorOf(meta)
  }

  /** What the task has sent when it ended: the next of its chain, callbacks, groups. Nothing before it has ended. */
  async children(): Promise<(AsyncResult | GroupResult)[]> {
    const reader = this.#reader()
    const children = (await reader.read(this.id))?.children
    return Array.isArray(children) ? children.flatMap((child) => resultOf(child, reader)) : []
  }

  /** Drops what is held of it. */
  async forget(): Promise<void> {
    await this.#reader().forget(this.id)
  }

  /** Rather an error than another number than the task returned. */
  #valueOf({ result, lost }: ResultMeta): unknown {
    try {
      if (lost === undefined) return fromWire(result)
    } catch (error) {
      throw this.#unreadable(messageOf(error))
    }
    throw this.#unreadable(`expected ${exactNumbers}, came ${lost}`)
  }

  #unreadable(reason: string): EngineError {
    return new EngineError('RESULT_UNREADABLE', `the result of task ${this.id}: ${reason}`)
  }

  #reader(): ResultReader {
    if (this.#results !== null) return this.#results
    throw new EngineError('RESULT_MISSING', 'this client was made without a result backend')
  }
}

/** A result as Celery lists it: `[[id, parent], members]`. What is none gives none. */
function resultOf(tuple: Json, reader: ResultReader): [AsyncResult | GroupResult] | [] {
  if (!Array.isArray(tuple)) return []
  const [first, members] = tuple
  const id = Array.isArray(first) ? first[0] : first
  if (typeof id !== 'string') return []
  if (!Array.isArray(members)) return [new AsyncResult(id, reader)]
  // A member may be a group itself; it is waited for in the same way.
  return [new GroupResult(id, members.flatMap((member) => resultOf(member, reader)) as AsyncResult[])]
}

function errorOf({ state, result, traceback }: ResultMeta): TaskError {
  if (!isRecord(result)) return new TaskError('Error', JSON.stringify(result), state, traceback)
  const { exc_type: type, exc_message: message } = result
  const parts: unknown[] = Array.isArray(message) ? message : [message]
  const text = parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
  return new TaskError(typeof type === 'string' ? type : 'Error', text.join(', '), state, traceback)
}
