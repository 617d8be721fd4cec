import { cutAt, pythonRepr } from './python-repr.ts'
import type { Json } from './wire-value.ts'

/** A JSON value as Python prints it, cut at `limit` characters. What is cut off is not looked at, however much it is. */
export function shortRepr(value: Json, limit: number): string {
  return cutAt(beginning(value, limit), limit)
}

/** All of it, or a beginning that is longer than the limit; nothing where the limit is below 0. */
function beginning(value: Json, limit: number): string {
  if (limit < 0) return ''
  if (typeof value === 'string') return pythonRepr(value.slice(0, limit))
  if (value === null || typeof value !== 'object') return pythonRepr(value)
  return Array.isArray(value) ? listBeginning(value, limit) : objectBeginning(value, limit)
}

function listBeginning(list: readonly Json[], limit: number): string {
  let text = '['
  for (const member of list) {
    if (text.length > 1) text += ', '
    text += beginning(member, limit - text.length)
    if (text.length > limit) return text
  }
  return `${text}]`
}

function objectBeginning(object: Readonly<Record<string, Json>>, limit: number): string {
  let text = '{'
  for (const [key, member] of Object.entries(object)) {
    if (text.length > 1) text += ', '
    text += `${pythonRepr(key.slice(0, limit))}: `
    text += beginning(member, limit - text.length)
    if (text.length > limit) return text
  }
  return `${text}}`
}
