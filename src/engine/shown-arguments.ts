import { isRecord, readEnvelope } from './message.ts'
import { cutAt } from './python-repr.ts'

/** A message's arguments as its sender wrote them for people to see. */
export interface ShownArguments {
  /** As Python prints a tuple; empty where nothing was written. */
  readonly args: string
  readonly kwargs: string
}

/** Celery's own bound of what it writes (`argsrepr_maxsize`), in characters; others may write more. */
const longest = 1_024

/** Headers that are longer are read as JSON: an expression needs stack for a text. */
const maxBytes = 32_768

/** A text of JSON, what stands between its quotes. */
const text = String.raw`"([^"\\]*(?:\\.[^"\\]*)*)"`

/** How Lovage and Celery begin a message, and what follows its body, from the body's closing quote. */
const beginnings = ['{"body":"', '{"body": "'].map((beginning) => Buffer.from(beginning))
const quote = 0x22

/** A name with its quotes and colon can't be part of a text, which escapes its quotes. */
const usual = new RegExp(
  String.raw`^", ?"content-encoding": ?"[^"\\]*", ?"content-type": ?"[^"\\]*", ?` +
    String.raw`"headers": ?\{"lang": ?"\w+",[^{}]*?"argsrepr": ?${text}, ?"kwargsrepr": ?${text}`,
)

/**
 * Reads what a message's headers say of its arguments. The body, which holds the arguments themselves, is not looked into.
 *
 * @param raw a message that can be read
 */
export function shownArguments(raw: Uint8Array): ShownArguments {
  const found = usual.exec(afterBody(raw))
  if (found !== null) {
    const [, args = '', kwargs = ''] = found
    return { args: cut(unescaped(args)), kwargs: cut(unescaped(kwargs)) }
  }
  const { headers } = readEnvelope(raw)
  const { argsrepr, kwargsrepr } = isRecord(headers) ? headers : {}
  return { args: cut(argsrepr), kwargs: cut(kwargsrepr) }
}

/** What stands behind the body, byte for byte, as far as it is looked at: a body may have many megabytes. Empty: it does not begin as usual. */
function afterBody(raw: Uint8Array): string {
  const bytes = Buffer.isBuffer(raw) ? raw : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const beginning = beginnings.find((some) => bytes.subarray(0, some.length).equals(some))
  if (beginning === undefined) return ''
  const end = bytes.indexOf(quote, beginning.length)
  // One that has quotes of its own, escaped, seems to end at the first of them: then what follows is nothing usual.
  return end === -1 ? '' : bytes.toString('latin1', end, end + maxBytes)
}

/** What a text of JSON says, given byte for byte. */
function unescaped(latin1: string): string {
  if (/^[ -[\]-~]*$/.test(latin1)) return latin1
  return JSON.parse(`"${Buffer.from(latin1, 'latin1').toString()}"`) as string
}

function cut(shown: unknown): string {
  return typeof shown === 'string' ? cutAt(shown, longest) : ''
}
