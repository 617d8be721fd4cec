import type { RecordChange } from '../broker/record-store.ts'
import type { TaskFailure } from '../outcome.ts'
import { cutAt } from '../python-repr.ts'
import { shortRepr } from '../short-repr.ts'
import { writeFacts, writeRun, type RecordError, type RecordProgress, type RecordState } from '../task-record.ts'
import type { Json } from '../wire-value.ts'
import { visibleArguments, visibleResult } from './masked-arguments.ts'
import type { Work } from './work.ts'

/** Longest texts of a record, in characters. Of a run that is followed by another the stack is shorter: there may be many. */
const longest = { type: 200, message: 1_024, stack: 8_192, retriedStack: 1_024, result: 256, meta: 1_024 }

/** What a record is made of. */
export type Recorded = Pick<Work, 'claim' | 'message' | 'task' | 'receivedAt'>

/** How a run ended. */
export interface RunEnding {
  readonly state: RecordState
  /** In its thread; null: it was not run. */
  readonly runtimeMs: number | null
  readonly error?: TaskFailure
  /** What it returned. */
  readonly value?: Json
  /** When it is tried again. */
  readonly retryAt?: number
}

/** One run of a task, as far as it has come: what its record is to say of it. Times are Unix milliseconds of the broker's clock. */
export class RunRecord {
  readonly #work: Recorded
  #state: RecordState = 'RECEIVED'
  #startedAt: number | null = null
  #endedAt: number | null = null
  #runtimeMs: number | null = null
  #thread: number | null = null
  #threadNow: () => number | null = () => null
  #error: RecordError | null = null
  #result: string | null = null
  #retryAt: number | null = null
  #progress: RecordProgress | null = null
  /** Its task's facts, written once. */
  #facts: string | null = null

  constructor(work: Recorded) {
    this.#work = work
  }

  get id(): string {
    return this.#work.message.id
  }

  /** Whether Redis may have it. */
  get isWritten(): boolean {
    return this.#facts !== null
  }

  /** It was handed to the pool. @param thread tells the thread on which it runs; null: none yet, or none any more */
  started(at: number, thread: () => number | null): void {
    this.#state = 'STARTED'
    this.#startedAt = Math.round(at)
    this.#threadNow = thread
  }

  /** Its message went back to its queue. */
  handedBack(): void {
    this.#state = 'RECEIVED'
    this.#progress = null
  }

  /** What it says of itself. */
  said(state: string, meta: Json, at: number): void {
    const isHidden = this.#work.task.options.mask !== undefined
    const shown = isHidden ? null : shortRepr(meta, longest.meta)
    this.#progress = { state, fraction: fractionIn(meta), meta: shown, at: Math.round(at) }
  }

  /** This became of it. */
  ended({ state, runtimeMs, error, value, retryAt }: RunEnding, at: number): void {
    const { message, task } = this.#work
    this.#state = state
    this.#endedAt = Math.round(at)
    this.#runtimeMs = runtimeMs === null ? null : Math.round(runtimeMs * 1000) / 1000
    this.#error = error === undefined ? null : shortened(error, state === 'RETRY')
    this.#result = value === undefined ? null : visibleResult(message, task, value, longest.result)
    this.#retryAt = retryAt ?? null
    this.#progress = null
  }

  /** @param tag names the start of the process @param node its name */
  change(tag: string, node: string): Omit<RecordChange, 'lines'> {
    const { claim, message } = this.#work
    this.#thread = this.#threadNow() ?? this.#thread
    const parentId = linkable(message.parentId)
    this.#facts ??= this.#writeFacts(parentId)
    const run = {
      state: this.#state,
      receivedAt: Math.round(this.#work.receivedAt),
      queue: claim.queue,
      node,
      retries: message.retries,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      runtimeMs: this.#runtimeMs,
      thread: this.#thread,
      error: this.#error,
      result: this.#result,
      retryAt: this.#retryAt,
      progress: this.#progress,
    }
    const { state, receivedAt } = run
    const key = `${tag}-${claim.id}`
    return {
      id: message.id,
      name: message.name,
      run: { key, receivedAt, state, json: writeRun(run), facts: this.#facts, parentId },
    }
  }

  #writeFacts(parentId: string | null): string {
    const { claim, message, task } = this.#work
    const { sentAt, expires: expiresAt, id, rootId } = message
    const masked = task.options.mask !== undefined
    const shown = visibleArguments(claim.raw, message, task)
    return writeFacts({ ...shown, masked, sentAt, expiresAt, rootId: rootId === id ? null : rootId, parentId })
  }
}

/** Names of keys are made of it, and lines. */
function linkable(id: string | null): string | null {
  return id === null || /\p{Cc}/u.test(id) ? null : id
}

function shortened({ type, message, stack }: TaskFailure, isRetried: boolean): RecordError {
  return {
    type: cutAt(type, longest.type),
    message: cutAt(message, longest.message),
    stack: stack === null ? null : cutAt(stack, isRetried ? longest.retriedStack : longest.stack),
  }
}

/** How far it is, as Celery's users write it: `current` of `total`; or `percent`. From 0 to 1; null: it does not say. */
export function fractionIn(meta: Json): number | null {
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) return null
  const { current, total, percent } = meta
  if (typeof current === 'number' && typeof total === 'number' && total > 0) return within(current / total)
  return typeof percent === 'number' ? within(percent / 100) : null
}

function within(fraction: number): number {
  return Math.min(Math.max(fraction, 0), 1)
}
