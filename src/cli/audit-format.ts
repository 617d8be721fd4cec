import type { StoredEntry } from '../app/audit/audit-table.ts'
import { json } from './dead-format.ts'
import { cut, fit, printable } from './terminal-text.ts'

/** The width that everything fits into, in columns. */
const width = 80

/** Columns of an entry's first line; the last one takes what is left. */
const timeColumns = 19
const eventColumns = 30
const indent = '    '

/** Entries for people, two lines each, ending with a line break. @param more whether there are others behind these */
export function formatAudit(entries: readonly StoredEntry[], more: boolean): string {
  if (entries.length === 0) return 'no such entries\n'
  const lines = [firstLine('TIME (UTC)', 'EVENT', 'WHO'), `${indent}FROM: WHAT`]
  for (const entry of entries) {
    lines.push(firstLine(timeOf(entry.at), entry.event, whoOf(entry)))
    lines.push(cut(printable(`${indent}${entry.actor ?? entry.address}: ${whatOf(entry)}`), width))
  }
  if (more) lines.push('there are more: --limit, --since')
  return `${lines.join('\n')}\n`
}

function firstLine(time: string, event: string, who: string): string {
  const cells = [fit(time, timeColumns), fit(printable(event), eventColumns)]
  const rest = width - timeColumns - eventColumns - 4
  return [...cells, cut(printable(who), rest)].join('  ').trimEnd()
}

/** Of an account its name; else what is known in its place. */
function whoOf({ account, userId, mobile }: StoredEntry): string {
  return account ?? (userId === null ? (mobile ?? '-') : `id:${userId}`)
}

function whatOf({ route, reason, times, lastAt, userAgent }: StoredEntry): string {
  const often =
    times > 1 && lastAt !== null ? `${times} times until ${timeOf(lastAt).slice('2026-01-31 '.length)}` : null
  return [route, reason, often, userAgent].filter((part) => part !== null).join('; ')
}

function timeOf(time: Date): string {
  return time.toISOString().slice(0, timeColumns).replace('T', ' ')
}

/** The same as one JSON document. */
export function auditJson(entries: readonly StoredEntry[], more: boolean): string {
  return json({ entries, more })
}
