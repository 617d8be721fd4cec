import type { ReadEvent } from '../engine/event-message.ts'
import { RateMeter } from '../engine/worker/rate-meter.ts'

/** What is remembered at most. */
export interface EventBounds {
  readonly tasks: number
  readonly nodes: number
  readonly kinds: number
}

const defaultBounds: EventBounds = { tasks: 10_000, nodes: 1_000, kinds: 500 }

/** Longer texts are cut, in characters: an event may say anything. */
const longestText = 200

/** Stand for a name that was not told, and for the names beyond the bound. */
const unnamed = '(unknown)'
const others = '(others)'

/** The state that each event brings a task into, in Celery's words, the last first: a state does not follow one before it. */
const statesByEvent = new Map<string, TaskState>([
  ['task-succeeded', 'SUCCESS'],
  ['task-failed', 'FAILURE'],
  ['task-revoked', 'REVOKED'],
  ['task-rejected', 'REJECTED'],
  ['task-retried', 'RETRY'],
  ['task-started', 'STARTED'],
  ['task-received', 'RECEIVED'],
  ['task-sent', 'PENDING'],
])
const order: readonly TaskState[] = [...statesByEvent.values()]
const ended: ReadonlySet<TaskState> = new Set(['SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED'])

/** A task's state as its events tell it (celery.states). */
export type TaskState = 'PENDING' | 'RECEIVED' | 'STARTED' | 'RETRY' | 'SUCCESS' | 'FAILURE' | 'REVOKED' | 'REJECTED'

/** A node, from its last heartbeat. */
export interface SeenNode {
  readonly name: string
  /** When its last heartbeat came; milliseconds, as all times here. */
  readonly heartbeatAt: number
  readonly offline: boolean
  /** Seconds between two heartbeats. */
  readonly freq: number
  readonly active: number | null
  readonly processed: number | null
  readonly loadavg: readonly number[]
  readonly software: string
}

/** A task that was told of lately. */
export interface SeenTask {
  readonly id: string
  readonly name: string
  readonly state: TaskState
  readonly node: string
  readonly args: string
  /** Seconds; null: it has not ended well. */
  readonly runtime: number | null
  /** When the newest event of it came. */
  readonly at: number
}

/** All tasks of one name. */
export interface SeenKind {
  readonly name: string
  /** How many are in each state. Those that were forgotten count as what they had become; if they had not ended, no more. */
  readonly counts: Map<TaskState, number>
  readonly endings: RateMeter
  /** Of those that ended well; seconds. */
  readonly runtimes: { count: number; total: number; slowest: number }
}

/**
 * What events tell of nodes and tasks, within bounds: of the tasks that were heard of the longest ago it is forgotten who they
 * were, and their counts stay. Whatever an event holds, the rest stays right.
 */
export class EventState {
  readonly #bounds: EventBounds
  readonly #nodes = new Map<string, SeenNode>()
  readonly #kinds = new Map<string, SeenKind>()
  /** The one that was heard of last is the last. */
  readonly #tasks = new Map<string, SeenTask>()
  readonly #now: () => number
  #events = 0

  /** @param now milliseconds */
  constructor(now: () => number = Date.now, bounds: EventBounds = defaultBounds) {
    this.#now = now
    this.#bounds = bounds
  }

  /** How many events there were. */
  get events(): number {
    return this.#events
  }

  get nodes(): readonly SeenNode[] {
    return [...this.#nodes.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** The most frequent first. */
  get kinds(): readonly SeenKind[] {
    return [...this.#kinds.values()].toSorted((one, other) => total(other) - total(one))
  }

  /** The newest first. */
  recent(count: number): readonly SeenTask[] {
    return [...this.#tasks.values()].slice(-count).toReversed()
  }

  add(event: ReadEvent): void {
    this.#events += 1
    const node = text(event['hostname'])
    if (event.type.startsWith('worker-')) return this.#nodeSaid(node, event)
    const state = statesByEvent.get(event.type)
    const id = text(event['uuid'])
    if (state !== undefined && id !== '') this.#taskSaid(id, node, state, event)
  }

  #nodeSaid(name: string, event: ReadEvent): void {
    const { freq, active, processed, loadavg } = event
    const node = this.#nodes.get(name)
    const seen: SeenNode = {
      name,
      heartbeatAt: this.#now(),
      offline: event.type === 'worker-offline',
      freq: number(freq) ?? node?.freq ?? 2,
      active: number(active) ?? node?.active ?? null,
      processed: number(processed) ?? node?.processed ?? null,
      loadavg: Array.isArray(loadavg) ? loadavg.slice(0, 3).map((load) => number(load) ?? 0) : (node?.loadavg ?? []),
      software: `${text(event['sw_ident'])} ${text(event['sw_ver'])}`.trim() || (node?.software ?? ''),
    }
    // Anew at the end: the first is the one that was heard of the longest ago.
    this.#nodes.delete(name)
    this.#nodes.set(name, seen)
    dropFirst(this.#nodes, this.#bounds.nodes)
  }

  #taskSaid(id: string, node: string, state: TaskState, event: ReadEvent): void {
    const known = this.#tasks.get(id)
    const name = text(event['name']) || (known?.name ?? unnamed)
    const follows = known === undefined || mayFollow(state, known.state)
    const task: SeenTask = {
      id,
      name,
      state: follows ? state : known.state,
      // Whoever sends a task is not where it runs.
      node: state === 'PENDING' ? (known?.node ?? '') : node,
      args: text(event['args']) || (known?.args ?? ''),
      runtime: number(event['runtime']) ?? (follows && state !== 'SUCCESS' ? null : (known?.runtime ?? null)),
      at: this.#now(),
    }
    if (known !== undefined) this.#count(known, -1)
    this.#count(task, 1)
    if (follows && ended.has(state) && known?.state !== state) this.#ended(task)
    this.#tasks.delete(id)
    this.#tasks.set(id, task)
    const forgotten = dropFirst(this.#tasks, this.#bounds.tasks)
    if (forgotten !== undefined && !ended.has(forgotten.state)) this.#count(forgotten, -1)
  }

  #count({ name, state }: SeenTask, change: 1 | -1): void {
    const { counts } = this.#kind(name)
    counts.set(state, (counts.get(state) ?? 0) + change)
  }

  #ended({ name, state, runtime }: SeenTask): void {
    const { endings, runtimes } = this.#kind(name)
    endings.count()
    if (state !== 'SUCCESS' || runtime === null) return
    runtimes.count += 1
    runtimes.total += runtime
    runtimes.slowest = Math.max(runtimes.slowest, runtime)
  }

  #kind(wanted: string): SeenKind {
    const name = this.#kinds.has(wanted) || this.#kinds.size < this.#bounds.kinds ? wanted : others
    const known = this.#kinds.get(name)
    if (known !== undefined) return known
    const runtimes = { count: 0, total: 0, slowest: 0 }
    const kind: SeenKind = { name, counts: new Map(), endings: new RateMeter(this.#now), runtimes }
    this.#kinds.set(name, kind)
    return kind
  }
}

/** Events may come out of their order. What is run again begins anew. */
function mayFollow(state: TaskState, before: TaskState): boolean {
  return before === 'RETRY' || before === 'REJECTED' || order.indexOf(state) <= order.indexOf(before)
}

function total({ counts }: SeenKind): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

/** Drops the first entry of a map that is too large, and returns it. */
function dropFirst<Value>(map: Map<string, Value>, most: number): Value | undefined {
  if (map.size <= most) return undefined
  const [first] = map
  if (first !== undefined) map.delete(first[0])
  return first?.[1]
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, longestText) : ''
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
