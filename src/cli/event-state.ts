import type { ReadEvent } from '../engine/event-message.ts'
import { numberOf, SeenNodes, textOf, type SeenNode } from '../engine/seen-nodes.ts'
import { RateMeter } from '../engine/worker/rate-meter.ts'

export type { SeenNode } from '../engine/seen-nodes.ts'

/** What is remembered at most. */
export interface EventBounds {
  readonly tasks: number
  readonly nodes: number
  readonly kinds: number
}

const defaultBounds: EventBounds = { tasks: 10_000, nodes: 1_000, kinds: 500 }

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
  readonly #nodes: SeenNodes
  readonly #kinds = new Map<string, SeenKind>()
  /** The one that was heard of last is the last. */
  readonly #tasks = new Map<string, SeenTask>()
  readonly #now: () => number
  #events = 0

  /** @param now milliseconds */
  constructor(now: () => number = Date.now, bounds: EventBounds = defaultBounds) {
    this.#now = now
    this.#bounds = bounds
    this.#nodes = new SeenNodes(now, bounds.nodes)
  }

  /** How many events there were. */
  get events(): number {
    return this.#events
  }

  get nodes(): readonly SeenNode[] {
    return this.#nodes.nodes
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
    if (event.type.startsWith('worker-')) return this.#nodes.add(event)
    const node = textOf(event['hostname'])
    const state = statesByEvent.get(event.type)
    const id = textOf(event['uuid'])
    if (state !== undefined && id !== '') this.#taskSaid(id, node, state, event)
  }

  #taskSaid(id: string, node: string, state: TaskState, event: ReadEvent): void {
    const known = this.#tasks.get(id)
    const name = textOf(event['name']) || (known?.name ?? unnamed)
    const follows = known === undefined || mayFollow(state, known.state)
    const task: SeenTask = {
      id,
      name,
      state: follows ? state : known.state,
      // Whoever sends a task is not where it runs.
      node: state === 'PENDING' ? (known?.node ?? '') : node,
      args: textOf(event['args']) || (known?.args ?? ''),
      runtime: numberOf(event['runtime']) ?? (follows && state !== 'SUCCESS' ? null : (known?.runtime ?? null)),
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
