import type { Paint } from './colours.ts'
import { shortDuration } from './duration.ts'
import { compact, textTable, type Column } from './text-table.ts'

const columns: readonly Column[] = [
  ['NODE', 0, 'left'],
  ['STATE', 5, 'left'],
  ['POOL', 8, 'left'],
  ['BUSY', 11, 'right'],
  ['TASKS', 6, 'right'],
  ['UP', 4, 'right'],
  ['PID', 8, 'right'],
]
const stateColumn = 1

/** What the nodes replied to two commands of `inspect`, by their names. */
export interface StatusReplies {
  readonly stats: ReadonlyMap<string, unknown>
  readonly active: ReadonlyMap<string, unknown>
}

/**
 * `lovage status` at a terminal: who is there, how many tasks run there of how many at once, how many it has taken since it
 * started, and for how long it is up. Lovage's nodes and Celery's, in the order of their names.
 *
 * @param room columns of the terminal
 * @returns lines, each with its line break
 */
export function statusTable({ stats, active }: StatusReplies, room: number, paint: Paint): string {
  const nodes = [...stats].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const rows = nodes.map(([name, reply]) => cellsOf(name, reply, active.get(name)))
  const lines = textTable(columns, room, rows, (cell, row, column) => {
    if (row === 0) return paint('bold', cell)
    return column === stateColumn ? paint(cell.startsWith('OK') ? 'green' : 'red', cell) : cell
  })
  const online = `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} online.`
  return `${[...lines, '', online].join('\n')}\n`
}

/** Anybody on the broker may reply, with anything: what is not as expected shows as `-`. */
function cellsOf(name: string, reply: unknown, active: unknown): string[] {
  const pool = member(reply, 'pool')
  const busy = Array.isArray(active) ? active.length : null
  const uptime = numberIn(reply, 'uptime')
  return [
    name,
    member(reply, 'error') === undefined ? 'OK' : 'ERROR',
    kindOf(member(pool, 'implementation')),
    `${compact(busy, 4)} of ${compact(numberIn(pool, 'max-concurrency'), 4)}`,
    compact(sumOf(member(reply, 'total')), 6),
    uptime === null ? '-' : shortDuration(uptime * 1000),
    compact(numberIn(reply, 'pid'), 8),
  ]
}

/** `threads` of Lovage's `lovage.pool:threads`, `prefork` of Celery's `celery.concurrency.prefork:TaskPool`. */
function kindOf(implementation: unknown): string {
  if (typeof implementation !== 'string') return '-'
  return /^lovage\.pool:(\w+)$/.exec(implementation)?.[1] ?? /(\w+):TaskPool$/.exec(implementation)?.[1] ?? '-'
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined
}

function numberIn(value: unknown, name: string): number | null {
  const number = member(value, name)
  return typeof number === 'number' && Number.isFinite(number) ? Math.round(number) : null
}

/** The sum of an object's numbers. null: it is no object, or has others than numbers */
function sumOf(counts: unknown): number | null {
  if (typeof counts !== 'object' || counts === null) return null
  const numbers = Object.keys(counts).map((name) => numberIn(counts, name))
  return numbers.includes(null) ? null : numbers.reduce<number>((sum, one) => sum + (one ?? 0), 0)
}
