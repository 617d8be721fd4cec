import { bodyText, isRecord, type TaskMessage } from '../message.ts'
import type { Json } from '../wire-value.ts'

/** Larger bodies are not decoded, in characters: the main thread has other work. */
const largestBody = 8_192

/** A message's arguments as they travel. */
export interface SmallArguments {
  readonly args: Json[]
  readonly kwargs: { [name: string]: Json }
}

/** Reads a message's arguments on the main thread; null for what is too large, or may be once it is decompressed, or can't be read. */
export function readSmallArguments({ body, bodyEncoding }: TaskMessage): SmallArguments | null {
  if (body.length > largestBody || bodyEncoding === 'base64+zlib') return null
  try {
    const [args, kwargs] = JSON.parse(bodyText(body, bodyEncoding)) as [unknown, unknown]
    return Array.isArray(args) && isRecord(kwargs) ? { args, kwargs: kwargs as SmallArguments['kwargs'] } : null
  } catch {
    return null
  }
}
