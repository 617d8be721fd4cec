import { randomUUID } from 'node:crypto'
import { format } from 'node:util'
import { freeze } from '../canvas/freeze.ts'
import { Replaced } from '../canvas/replaced.ts'
import type { AnySignature } from '../canvas/signature.ts'
import { chordOf, kindOf, type WireSignature } from '../canvas/wire-signature.ts'
import { EngineError } from '../errors.ts'
import { cutAt } from '../python-repr.ts'
import type { TaskContext } from '../task.ts'
import { toWire, type Json } from '../wire-value.ts'
import type { OnLog } from './pool.ts'
import type { RunnableJob, Surroundings } from './run-job.ts'

/** Longest line of a task's log, in characters. */
const longestLine = 500

const finalStates = new Set(['PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'])

/** What a running task is told about itself, and says. */
export class RunContext implements TaskContext {
  readonly id: string
  readonly name: string
  readonly retries: number
  readonly memo: string | null
  readonly settings: Readonly<Record<string, unknown>>
  /** Tasks take it out of the context: it is a function of its own. */
  readonly updateState: TaskContext['updateState']
  readonly replace: TaskContext['replace']
  readonly #onLog: OnLog
  #controller: AbortController | null = null
  #log: TaskContext['log'] | null = null

  constructor(
    { settings, onState, onLog, maxResultBytes }: Surroundings,
    { key, id, name, retries, memo }: RunnableJob,
  ) {
    this.#onLog = onLog
    this.id = id
    this.name = name
    this.retries = retries
    this.memo = memo ?? null
    this.settings = settings
    this.updateState = (state, meta) => {
      const value = toWire(meta ?? null, `${name}: its state`)
      const size = sizeOf(value)
      if (size > maxResultBytes) {
        const expected = `at most ${maxResultBytes} bytes of JSON`
        throw new EngineError('ARGUMENT_INVALID', `${name}: its state: expected ${expected}, came ${size}`)
      }
      onState(key, checkedState(state), value)
    }
    this.replace = ({ wire }: AnySignature) => {
      throw new Replaced(inPlaceOf(id, name, wire))
    }
  }

  /** Made when somebody asks for it. */
  get log(): TaskContext['log'] {
    this.#log ??= (...values) => {
      this.#onLog({ id: this.id, name: this.name, text: cutAt(format(...values), longestLine), at: Date.now() })
    }
    return this.#log
  }

  /** Made when somebody asks for it: that costs more than the rest of a short run. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  /** Why it was aborted; null: it was not, or nobody asked for the signal before. */
  get abortReason(): unknown {
    return this.#controller?.signal.aborted === true ? this.#controller.signal.reason : null
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }
}

/** A signature whose last task has the id of the task that it replaces. A group gives its list at once, so it must be waited for. */
function inPlaceOf(id: string, name: string, wire: WireSignature): WireSignature {
  const accumulate = { task: 'celery.accumulate', args: [], kwargs: { index: 0 }, options: {}, subtask_type: null }
  const { signature, result } = freeze(kindOf(wire) === 'group' ? chordOf(wire, accumulate) : wire, randomUUID, id)
  if (result.id === id) return signature
  throw new EngineError(
    'ARGUMENT_INVALID',
    `${name}: replace: expected a signature without an id, came one with its own`,
  )
}

/** Bytes of a value's JSON; 0 for what is always small. */
export function sizeOf(value: Json): number {
  return typeof value === 'number' || typeof value === 'boolean' || value === null
    ? 0
    : Buffer.byteLength(JSON.stringify(value))
}

/** States that say what became of a task are the worker's to set. */
function checkedState(state: string): string {
  if (/^[A-Z][A-Z0-9_]{0,63}$/.test(state) && !finalStates.has(state)) return state
  const expected = `capitals, digits and _, and none of ${[...finalStates].join(', ')}`
  throw new EngineError('ARGUMENT_INVALID', `updateState: expected ${expected}, came ${JSON.stringify(state)}`)
}
