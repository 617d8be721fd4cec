import type { EventState, SeenKind, SeenNode, SeenTask } from './event-state.ts'
import { cut, fit, printable } from './terminal-text.ts'

/** The room that there is. */
export interface TableSize {
  readonly columns: number
  readonly rows: number
}

/** A column: its title, its width, and whether it holds numbers. The last one of a table takes what is left. */
type Column = readonly [title: string, width: number, align: 'left' | 'right']

const nodeColumns: readonly Column[] = [
  ['NODE', 24, 'left'],
  ['HEARTBEAT', 9, 'right'],
  ['ACTIVE', 7, 'right'],
  ['PROCESSED', 10, 'right'],
  ['LOAD', 15, 'right'],
  ['SOFTWARE', 20, 'left'],
]
const kindColumns: readonly Column[] = [
  ['TASK', 24, 'left'],
  ['WAITING', 8, 'right'],
  ['RUNNING', 7, 'right'],
  ['OK', 9, 'right'],
  ['FAILED', 7, 'right'],
  ['RETRY', 6, 'right'],
  ['REVOKED', 7, 'right'],
  ['REJECTED', 8, 'right'],
  ['PER S', 7, 'right'],
  ['AVERAGE', 8, 'right'],
  ['SLOWEST', 8, 'right'],
]
const taskColumns: readonly Column[] = [
  ['RECENT', 8, 'left'],
  ['STATE', 8, 'left'],
  ['TASK', 24, 'left'],
  ['RUNTIME', 8, 'right'],
  ['NODE', 16, 'left'],
  ['ID', 36, 'left'],
  ['ARGUMENTS', 20, 'left'],
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
    ...table(
      nodeColumns,
      nodes.slice(0, nodeRows).map((node) => nodeCells(node, now)),
    ),
    more(nodes.length - nodeRows),
    ...table(kindColumns, kinds.slice(0, kindRows).map(kindCells)),
    more(kinds.length - kindRows),
  ]
  if (kinds.length === 0) lines.push('No task events yet: start workers with -E, or send them enable_events.')
  const left = rows - lines.length - 1
  if (left > 0 && kinds.length > 0) lines.push(...table(taskColumns, state.recent(left).map(taskCells)))
  return lines.slice(0, rows).map((line) => cut(line, columns))
}

function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  return [columns.map(([title]) => title), ...rows].map((cells) =>
    columns
      .map(([, width, align], index) => {
        const cell = printable(cells[index] ?? '')
        return align === 'right' ? cut(cell, width).padStart(width) : fit(cell, width)
      })
      .join(' ')
      .trimEnd(),
  )
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
  return [name, heartbeat, String(active ?? '-'), String(processed ?? '-'), load, software]
}

function kindCells({ name, counts, endings, runtimes }: SeenKind): string[] {
  const count = (state: SeenTask['state']): number => counts.get(state) ?? 0
  const average = runtimes.count === 0 ? null : runtimes.total / runtimes.count
  const numbers = [
    count('PENDING') + count('RECEIVED'),
    count('STARTED'),
    count('SUCCESS'),
    count('FAILURE'),
    count('RETRY'),
    count('REVOKED'),
    count('REJECTED'),
  ]
  const slowest = runtimes.count === 0 ? null : runtimes.slowest
  return [name, ...numbers.map(String), endings.perSecond.toFixed(1), duration(average), duration(slowest)]
}

function taskCells({ id, name, state, node, args, runtime, at }: SeenTask): string[] {
  return [new Date(at).toTimeString().slice(0, 8), state, name, duration(runtime), node, id, args]
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
