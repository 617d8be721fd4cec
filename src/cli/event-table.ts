import type { EventState, SeenKind, SeenNode, SeenTask } from './event-state.ts'
import { cut, printable } from './terminal-text.ts'
import { compact, textTable, type Column } from './text-table.ts'

/** The room that there is. */
export interface TableSize {
  readonly columns: number
  readonly rows: number
}

const nodeColumns: readonly Column[] = [
  ['NODE', 0, 'left'],
  ['HEARTBEAT', 9, 'right'],
  ['ACTIVE', 6, 'right'],
  ['PROCESSED', 9, 'right'],
  ['LOAD', 17, 'right'],
  ['SOFTWARE', 18, 'left'],
]
const kindColumns: readonly Column[] = [
  ['TASK', 0, 'left'],
  ['WAIT', 5, 'right'],
  ['RUN', 4, 'right'],
  ['OK', 7, 'right'],
  ['FAIL', 5, 'right'],
  ['RETRY', 5, 'right'],
  ['REV', 4, 'right'],
  ['REJ', 4, 'right'],
  ['PER S', 6, 'right'],
  ['AVERAGE', 7, 'right'],
  ['SLOWEST', 7, 'right'],
]
const taskColumns: readonly Column[] = [
  ['LAST', 8, 'left'],
  ['STATE', 8, 'left'],
  ['TASK', 0, 'left'],
  ['RUNTIME', 7, 'right'],
  ['ID', 36, 'left'],
  ['NODE', 16, 'left'],
  ['ARGUMENTS', 24, 'left'],
]

/**
 * What is known, as lines of a terminal, as many as there are rows for: nodes, then tasks by their names, then the tasks that
 * were heard of last.
 *
 * @param note said in the first line
 * @param now milliseconds, by the clock of the state
 */
export function eventTable(state: EventState, { columns, rows }: TableSize, note: string, now: number): string[] {
  const { nodes, kinds, events } = state
  const nodeRows = Math.min(nodes.length, Math.max(Math.floor(rows / 4), 1))
  const kindRows = Math.min(kinds.length, Math.max(Math.floor(rows / 3), 1))
  const head = `lovage events: ${counted(nodes.length, 'node')}, ${counted(events, 'event')}. ${note}`
  const lines = [
    printable(head),
    '',
    ...textTable(
      nodeColumns,
      columns,
      nodes.slice(0, nodeRows).map((node) => nodeCells(node, now)),
    ),
    more(nodes.length - nodeRows),
    ...textTable(kindColumns, columns, kinds.slice(0, kindRows).map(kindCells)),
    more(kinds.length - kindRows),
  ]
  if (kinds.length === 0) lines.push('No task events yet: start workers with -E, or send them enable_events.')
  const left = rows - lines.length - 1
  if (left > 0 && kinds.length > 0) lines.push(...textTable(taskColumns, columns, state.recent(left).map(taskCells)))
  return lines.slice(0, rows).map((line) => cut(line, columns))
}

function more(count: number): string {
  return count > 0 ? `... and ${count} more` : ''
}

function nodeCells(node: SeenNode, now: number): string[] {
  const { name, heartbeatAt, offline, freq, active, processed, loadavg, software } = node
  const seconds = Math.max(now - heartbeatAt, 0) / 1000
  // Celery's monitors give a node up after two heartbeats that did not come.
  const heartbeat = offline
    ? 'offline'
    : seconds > 2 * freq
      ? `lost ${Math.floor(seconds)}s`
      : `${Math.floor(seconds)}s`
  const load = loadavg.map((each) => each.toFixed(2)).join(' ')
  return [name, heartbeat, compact(active, 6), compact(processed, 9), load, software]
}

function kindCells({ name, counts, endings, runtimes }: SeenKind): string[] {
  const count = (state: SeenTask['state']): number => counts.get(state) ?? 0
  const average = runtimes.count === 0 ? null : runtimes.total / runtimes.count
  const numbers = [
    compact(count('PENDING') + count('RECEIVED'), 5),
    compact(count('STARTED'), 4),
    compact(count('SUCCESS'), 7),
    compact(count('FAILURE'), 5),
    compact(count('RETRY'), 5),
    compact(count('REVOKED'), 4),
    compact(count('REJECTED'), 4),
  ]
  const slowest = runtimes.count === 0 ? null : runtimes.slowest
  const rate = endings.perSecond
  return [
    name,
    ...numbers,
    rate < 1_000 ? rate.toFixed(1) : compact(Math.round(rate), 6),
    duration(average),
    duration(slowest),
  ]
}

function taskCells({ id, name, state, node, args, runtime, at }: SeenTask): string[] {
  return [new Date(at).toTimeString().slice(0, 8), state, name, duration(runtime), id, node, args]
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** A length of time in at most seven characters. @param seconds null: there is none */
function duration(seconds: number | null): string {
  if (seconds === null) return ''
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)}us`
  if (seconds < 1) return `${(seconds * 1000).toFixed(1)}ms`
  if (seconds < 100) return `${seconds.toFixed(2)}s`
  return seconds < 6_000 ? `${Math.round(seconds)}s` : `${Math.round(seconds / 3_600)}h`
}
