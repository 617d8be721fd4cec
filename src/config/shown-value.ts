import { isGroup } from './settings-tree.ts'

/** How far a setting's value may be shown: never, or only if it is an address that cannot hold a password. */
export type Confidential = 'secret' | 'url'

const longest = 120

/** An address without user, query or fragment. What is not plainly one may be a password in the wrong place. */
const harmlessUrl = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)?(?:\/[^?#@:]*)?$/i

/** A value as messages show it: quoted, cut at 120 characters, and `(hidden)` where it is or may hold a secret. */
export function shownValue(value: unknown, confidential?: Confidential): string {
  if (value === null || value === undefined) return 'nothing'
  if (confidential === 'secret') return '(hidden)'
  if (typeof value === 'string') return shownText(value, confidential)
  if (Array.isArray(value)) return `[${value.map((item) => shownValue(item, confidential)).join(', ')}]`
  if (isGroup(value)) return 'a group of settings'
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a ${typeof value}`
}

function shownText(text: string, confidential: Confidential | undefined): string {
  // An address with a password may stand where none belongs, such as in HOST.
  const mayHoldPassword = confidential === 'url' || text.includes('://')
  if (mayHoldPassword && !harmlessUrl.test(text)) return '(hidden)'
  return JSON.stringify(text.length > longest ? `${text.slice(0, longest)}…` : text)
}
