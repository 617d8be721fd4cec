import { EngineError } from './errors.ts'
import { exactNumbers, readJson, type JsonRead } from './exact-json.ts'
import { bodyText, isRecord, type TaskMessage } from './message.ts'
import { fromWire, type Json } from './wire-value.ts'

/** What a message's body holds. */
export interface TaskBody {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
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
  const text = bodyText(body, bodyEncoding)
  let read: JsonRead
  try {
    read = readJson(text)
  } catch {
    throw new EngineError('MESSAGE_UNREADABLE', 'expected the body to be JSON, came other text')
  }
  const { value: parsed, lost } = read
  if (lost !== null) throw new EngineError('MESSAGE_UNREADABLE', `expected ${exactNumbers}, came ${lost}`)
  if (!Array.isArray(parsed) || parsed.length < 2) {
    throw new EngineError('MESSAGE_UNREADABLE', 'expected the body to be [args, kwargs, embed], came something else')
  }
  const [args, kwargs] = parsed as [unknown, unknown]
  if (!Array.isArray(args))
    throw new EngineError('MESSAGE_UNREADABLE', 'expected args to be a list, came something else')
  if (!isRecord(kwargs))
    throw new EngineError('MESSAGE_UNREADABLE', 'expected kwargs to be an object, came something else')
  return {
    args: (args as Json[]).map(fromWire),
    kwargs: kwargsFromWire(kwargs as Record<string, Json>),
  }
}

/** Its own `__type__` is a name like any other: only values are looked into. */
function kwargsFromWire(kwargs: Record<string, Json>): Record<string, unknown> {
  const entries = Object.entries(kwargs)
  return entries.length === 0 ? {} : Object.fromEntries(entries.map(([key, value]) => [key, fromWire(value)]))
}
