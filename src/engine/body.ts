import { EngineError } from './errors.ts'
import { bodyText, isRecord, type TaskMessage } from './message.ts'
import { fromWire, type Json } from './wire-value.ts'

/** What a message's body holds. */
export interface TaskBody {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

/**
 * Reads a message's body: JSON `[args, kwargs, embed]`. Done in the thread, so that the main thread does not pay for it.
 *
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function readBody({ body, bodyEncoding }: Pick<TaskMessage, 'body' | 'bodyEncoding'>): TaskBody {
  const text = bodyText(body, bodyEncoding)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new EngineError('MESSAGE_UNREADABLE', 'expected the body to be JSON, came other text')
  }
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
    kwargs: Object.fromEntries(
      Object.entries(kwargs as Record<string, Json>).map(([key, value]) => [key, fromWire(value)]),
    ),
  }
}
