import type { DeadLetter, DeadLetterDetails } from '../engine/broker/dead-letters.ts'
import { shortDuration } from './duration.ts'
import { fit, cut, printable, wrap } from './terminal-text.ts'

/** The width that everything fits into, in columns. */
const width = 80

/** Columns of the list; the last one takes what is left. */
const listColumns = [36, 4, 10, 24] as const
const indent = '    '

/** What a message says of itself that may be shown: never its arguments, but what its sender wrote for people to see. */
interface ShownMessage {
  readonly args: string | null
  readonly kwargs: string | null
  readonly origin: string | null
  readonly expires: string | null
}

/** A list for people, ending with a line break. @param now the server's time, Unix milliseconds */
export function formatList(page: { letters: readonly DeadLetter[]; total: number; now: number }): string {
  const { letters, total, now } = page
  if (total === 0) return 'nothing is set aside\n'
  const lines = [row(['ID', 'AGE', 'KIND', 'TASK']), `${indent}QUEUE: REASON`]
  for (const letter of letters) {
    const { taskId, entry, kind, queue, time, taskName } = letter
    lines.push(row([taskId ?? entry, shortDuration(now - time), kind, taskName ?? '-']))
    const gone = letter.bytes === null ? ' (message gone)' : ''
    lines.push(cut(printable(`${indent}${queue}:${gone} ${letter.reason}`), width))
  }
  if (letters.length < total) lines.push(`${letters.length} of ${total}, the newest; --limit shows more`)
  return `${lines.join('\n')}\n`
}

function row(cells: readonly string[]): string {
  return listColumns
    .map((columns, index) => fit(printable(cells[index] ?? ''), columns))
    .join('  ')
    .trimEnd()
}

/** A list as one JSON document. */
export function listJson({ letters, total }: { letters: readonly DeadLetter[]; total: number }): string {
  return json({ total, entries: letters.map(facts) })
}

/** All that may be shown of one, for people, ending with a line break. */
export function formatLetter(letter: DeadLetterDetails): string {
  const { taskId, entry, kind, taskName, queue, time, reason, error, retries, stack, bytes, raw, profile } = letter
  const shown = shownMessage(raw)
  const fields: [name: string, value: string | number | null][] = [
    ['id', taskId],
    ['entry', entry],
    ['kind', kind],
    ['task', taskName],
    ['queue', queue],
    ['time', new Date(time).toISOString()],
    ['error', error],
    ['reason', reason],
    ['retries', retries],
    ['message', bytes === null ? 'gone: its task has expired' : `${bytes} bytes; --raw writes them`],
    ['args', shown.args],
    ['kwargs', shown.kwargs],
    ['origin', shown.origin],
    ['expires', shown.expires],
    ['profile', profile === null ? null : `${Buffer.byteLength(profile)} bytes; --profile <file> writes it`],
  ]
  const lines = fields.flatMap(([name, value]) => (value === null ? [] : field(name, String(value))))
  if (stack !== null) lines.push('', 'stack:', ...stack.split('\n').map((line) => printable(line.trimEnd())))
  return `${lines.join('\n')}\n`
}

/** A name and its value; further lines of it stand under the first. */
function field(name: string, value: string): string[] {
  const margin = 10
  return wrap(printable(value), width - margin).map(
    (line, index) => `${(index === 0 ? name : '').padEnd(margin)}${line}`,
  )
}

/** All that may be shown of one, as one JSON document. */
export function letterJson(letter: DeadLetterDetails): string {
  const { stack, raw, profile } = letter
  return json({ ...facts(letter), ...shownMessage(raw), profile: profile !== null, stack })
}

function facts({ taskId, entry, kind, queue, taskName, time, reason, error, retries, bytes }: DeadLetter): object {
  const at = new Date(time).toISOString()
  return { id: taskId, entry, kind, queue, task: taskName, time: at, error, reason, retries, bytes }
}

/** One JSON document, ending with a line break. */
export function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function shownMessage(raw: Uint8Array | null): ShownMessage {
  let headers: Record<string, unknown> = {}
  try {
    const envelope = Object(JSON.parse(Buffer.from(raw ?? []).toString())) as Record<string, unknown>
    headers = Object(envelope['headers'] ?? {}) as Record<string, unknown>
  } catch {
    // Not readable that far: then it says nothing of itself.
  }
  const text = (key: string): string | null => (typeof headers[key] === 'string' ? headers[key] : null)
  return { args: text('argsrepr'), kwargs: text('kwargsrepr'), origin: text('origin'), expires: text('expires') }
}
