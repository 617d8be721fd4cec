import { readEmbed } from './canvas/read-signature.ts'
import type { Embed } from './canvas/wire-signature.ts'
import { EngineError } from './errors.ts'
import { exactNumbers, readJson, type JsonRead } from './exact-json.ts'
import { bodyText, isRecord, type TaskMessage } from './message.ts'
import { fromWire, type Json } from './wire-value.ts'

/** What a message's body holds. */
export interface TaskBody {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  /** What comes after the task, where anything does. */
  readonly embed?: Embed
}

/** The bodies of calls without arguments: as Lovage writes them, and as Celery does. */
const emptyBodies = new Set([
  'W1tdLHt9LG51bGxd',
  'W1tdLCB7fSwgeyJjYWxsYmFja3MiOiBudWxsLCAiZXJyYmFja3MiOiBudWxsLCAiY2hhaW4iOiBudWxsLCAiY2hvcmQiOiBudWxsfV0=',
])

/**
 * Reads a message's body: JSON `[args, kwargs, embed]`. Done in the thread, so that the main thread does not pay for it.
 *
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function readBody({ body, bodyEncoding }: Pick<TaskMessage, 'body' | 'bodyEncoding'>): TaskBody {
  if (bodyEncoding === 'base64' && emptyBodies.has(body)) return { args: [], kwargs: {} }
  const { parts, lost } = parseBody(bodyText(body, bodyEncoding))
  if (lost !== null) throw new EngineError('MESSAGE_UNREADABLE', `expected ${exactNumbers}, came ${lost}`)
  const [args, kwargs, after] = parts
  if (!Array.isArray(args))
    throw new EngineError('MESSAGE_UNREADABLE', 'expected args to be a list, came something else')
  if (!isRecord(kwargs))
    throw new EngineError('MESSAGE_UNREADABLE', 'expected kwargs to be an object, came something else')
  const embed = readEmbed(after)
  const read = { args: (args as Json[]).map(fromWire), kwargs: kwargsFromWire(kwargs as Record<string, Json>) }
  return embed === undefined ? read : { ...read, embed }
}

/**
 * Reads from a message's body what comes after its task, and nothing else of it: for a task that did not run, so that no thread has
 * told. Its numbers may be other ones: none of them is sent on.
 *
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function readBodyEmbed({ body, bodyEncoding }: Pick<TaskMessage, 'body' | 'bodyEncoding'>): Embed | undefined {
  if (bodyEncoding === 'base64' && emptyBodies.has(body)) return undefined
  return readEmbed(parseBody(bodyText(body, bodyEncoding)).parts[2])
}

interface ParsedBody {
  readonly parts: readonly [args: unknown, kwargs: unknown, embed: unknown]
  /** What JavaScript can't hold of it; null: nothing. */
  readonly lost: string | null
}

function parseBody(text: string): ParsedBody {
  let read: JsonRead
  try {
    read = readJson(text)
  } catch {
    throw new EngineError('MESSAGE_UNREADABLE', 'expected the body to be JSON, came other text')
  }
  const { value, lost } = read
  if (Array.isArray(value) && value.length >= 2) return { parts: value as [unknown, unknown, unknown], lost }
  throw new EngineError('MESSAGE_UNREADABLE', 'expected the body to be [args, kwargs, embed], came something else')
}

/** Its own `__type__` is a name like any other: only values are looked into. */
function kwargsFromWire(kwargs: Record<string, Json>): Record<string, unknown> {
  const entries = Object.entries(kwargs)
  return entries.length === 0 ? {} : Object.fromEntries(entries.map(([key, value]) => [key, fromWire(value)]))
}
