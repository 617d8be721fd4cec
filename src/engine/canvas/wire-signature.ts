import { EngineError, maxWaitSeconds } from '../errors.ts'
import { fromWire, type Json } from '../wire-value.ts'

/**
 * A signature as it travels (celery.canvas.Signature): a call that may lack its first argument. Keys that are not listed are
 * passed on as they came.
 */
export interface WireSignature {
  readonly task: string
  readonly args: readonly Json[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly options: WireOptions
  /** `chain`, `group` or `chord`; else it is a task. */
  readonly subtask_type?: string | null
  /** Takes nothing from whoever comes before it. */
  readonly immutable?: boolean | null
}

/** How a signature is sent, in the words of Celery's `apply_async`. */
export interface WireOptions {
  readonly task_id?: string | null
  readonly queue?: string | null
  readonly routing_key?: string | null
  /** 0 to 9. */
  readonly priority?: number | null
  /** Seconds. */
  readonly countdown?: number | null
  /** A time in ISO 8601, or as JSON with Celery's extensions has it. */
  readonly eta?: Json
  /** The same, or seconds from when it is sent. */
  readonly expires?: Json
  /** Seconds. */
  readonly time_limit?: number | null
  readonly soft_time_limit?: number | null
  readonly group_id?: string | null
  readonly group_index?: number | null
  readonly root_id?: string | null
  readonly parent_id?: string | null
  readonly ignore_result?: boolean | null
  readonly argsrepr?: string | null
  readonly kwargsrepr?: string | null
  readonly link?: WireSignature | readonly WireSignature[] | null
  readonly link_error?: WireSignature | readonly WireSignature[] | null
  /** Reversed: the last one is the next. */
  readonly chain?: readonly WireSignature[] | null
  readonly chord?: WireSignature | null
  readonly [other: string]: unknown
}

/** What a message says of what comes after its task: the third part of its body. */
export interface Embed {
  readonly callbacks: readonly WireSignature[]
  readonly errbacks: readonly WireSignature[]
  /** Reversed: the last one is the next. */
  readonly chain: readonly WireSignature[]
  readonly chord: WireSignature | null
}

/** The kinds of signatures that are not simply a task. */
export type SignatureKind = 'task' | 'chain' | 'group' | 'chord'

export function kindOf({ subtask_type: type }: WireSignature): SignatureKind {
  return type === 'chain' || type === 'group' || type === 'chord' ? type : 'task'
}

/** The members of a chain or group. */
export function membersOf(signature: WireSignature): readonly WireSignature[] {
  return signature.kwargs['tasks'] as readonly WireSignature[]
}

/** The header of a chord; Celery has it as a group, or as a list. */
export function headerOf(chord: WireSignature): WireSignature {
  const header = chord.kwargs['header'] as WireSignature | readonly WireSignature[]
  return isList(header) ? groupOf(header) : header
}

export function bodyOf(chord: WireSignature): WireSignature {
  return chord.kwargs['body'] as WireSignature
}

export function groupOf(tasks: readonly WireSignature[], options: WireOptions = {}): WireSignature {
  return { task: 'celery.group', args: [], kwargs: { tasks }, options, subtask_type: 'group', immutable: false }
}

export function chainOf(tasks: readonly WireSignature[], options: WireOptions = {}): WireSignature {
  return { task: 'celery.chain', args: [], kwargs: { tasks }, options, subtask_type: 'chain', immutable: false }
}

export function chordOf(header: WireSignature, body: WireSignature, options: WireOptions = {}): WireSignature {
  const kwargs = { kwargs: {}, header, body }
  return { task: 'celery.chord', args: [], kwargs, options, subtask_type: 'chord', immutable: false }
}

export function withOptions(signature: WireSignature, options: WireOptions): WireSignature {
  return { ...signature, options: { ...signature.options, ...options } }
}

/** Celery leaves the list out around a single one. */
export function listed(value: WireOptions['link']): readonly WireSignature[] {
  if (value === undefined || value === null) return []
  return isList(value) ? value : [value]
}

/**
 * A time of an option, Unix milliseconds; null: none.
 *
 * @param now what seconds are counted from, Unix milliseconds
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function timeOf(value: Json | undefined, now: number, where: string): number | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && Math.abs(value) <= maxWaitSeconds) return now + value * 1000
  const read = fromWire(typeof value === 'string' ? { __type__: 'datetime', __value__: value } : value)
  return read instanceof Date ? read.getTime() : refuse(where, 'a time', value)
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

/** Says of what came its type alone: it may be arguments. */
export function refuse(where: string, expected: string, came: unknown): never {
  const type = came === null ? 'null' : Array.isArray(came) ? 'a list' : `a value of type ${typeof came}`
  throw new EngineError('MESSAGE_UNREADABLE', `${where}: expected ${expected}, came ${type}`)
}
