import { pythonRepr } from '../engine/python-repr.ts'
import { printable, printableJson } from './terminal-text.ts'

/** What the nodes replied, as Celery prints it (celery.bin.base, `pretty`). Nothing in it is printed that a terminal would act on. */

type Replies = ReadonlyMap<string, unknown>

/** All replies, each below the name of its node. @param counted with the number of nodes below, as `inspect` has it */
export function formatReplies(replies: Replies, counted: boolean): string {
  const nodes = [...replies].map(([node, reply]) => {
    const { status, text } = pretty(reply)
    return `${head(node, status)}${text === '' ? '' : `${indented(text)}\n`}`
  })
  return `${nodes.join('')}${counted ? count(replies) : ''}`
}

/** The nodes alone, as `celery status` prints them. */
export function formatStatus(replies: Replies): string {
  return `${[...replies].map(([node, reply]) => head(node, pretty(reply).status)).join('')}${count(replies)}`
}

/** One JSON document, ending with a line break. */
export function jsonReplies(replies: Replies): string {
  return `${printableJson(Object.fromEntries(replies))}\n`
}

function head(node: string, status: string): string {
  return `->  ${printable(node)}: ${status}\n`
}

function count({ size }: Replies): string {
  return `\n${size} ${size === 1 ? 'node' : 'nodes'} online.\n`
}

interface Pretty {
  readonly status: 'OK' | 'ERROR'
  readonly text: string
}

function pretty(reply: unknown): Pretty {
  if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) return { status: 'OK', text: textOf(reply) }
  if ('ok' in reply) return { status: 'OK', text: indented(pretty(reply.ok).text) }
  if ('error' in reply) return { status: 'ERROR', text: indented(pretty(reply.error).text) }
  return { status: 'OK', text: pythonJson(reply) }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return lines(value)
  if (!Array.isArray(value)) return printable(pythonRepr(value))
  if (value.length === 0) return '- empty -'
  return value
    .map((item: unknown) => `* ${typeof item === 'string' ? lines(item) : printable(pythonRepr(item))}`)
    .join('\n')
}

function lines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}

/** json.dumps(value, sort_keys=True, indent=4), and what is no printable ASCII by its number. */
function pythonJson(value: unknown): string {
  return JSON.stringify(sorted(value), null, 4).replaceAll(
    /[^\n -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]))
}
