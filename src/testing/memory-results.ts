import type { StoredResult } from '../engine/broker/broker.ts'
import { EngineError } from '../engine/errors.ts'
import {
  encodeMeta,
  readMeta,
  readyStates,
  resultKey,
  type ResultBackend,
  type ResultMeta,
  type ResultOwner,
  type ResultReader,
  type TaskState,
} from '../engine/results/results.ts'
import type { Json } from '../engine/wire-value.ts'

/** Results in this process, as the texts that a result backend holds. What is asked for has ended, or never will. */
export class MemoryResults implements ResultBackend, ResultReader {
  readonly sharesBroker = true
  readonly #texts = new Map<string, string>()

  encode(
    message: ResultOwner,
    state: TaskState,
    value: Json,
    stack: string | null,
    children: readonly Json[] = [],
  ): StoredResult {
    const json = encodeMeta(message, state, value, stack, Date.now(), children)
    return { key: resultKey(message.id), json, ttlSeconds: 0 }
  }

  async store({ key, json }: StoredResult): Promise<void> {
    if (this.#at(key)?.state !== 'SUCCESS') this.#texts.set(key, json)
  }

  async read(id: string): Promise<ResultMeta | null> {
    return this.#at(resultKey(id))
  }

  async wait(id: string): Promise<ResultMeta> {
    const meta = this.#at(resultKey(id))
    if (meta !== null && readyStates.has(meta.state)) return meta
    throw new EngineError('RESULT_MISSING', `task ${id} has left no result: nobody runs it, or none is kept of it`)
  }

  async forget(id: string): Promise<void> {
    this.#texts.delete(resultKey(id))
  }

  #at(key: string): ResultMeta | null {
    const json = this.#texts.get(key)
    return json === undefined ? null : readMeta(json)
  }
}
