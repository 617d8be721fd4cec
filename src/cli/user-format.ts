import { hasPassword } from '../app/account-admin.ts'
import type { User } from '../app/users.ts'
import { maskMobile } from '../sms/mask.ts'
import { fit, printable } from './terminal-text.ts'

/** Columns of the list; the last one takes what is left of 80. */
const listColumns = [10, 20, 11, 16, 15] as const

/** An account as it may be shown: never its password, nor its whole mobile. */
export interface ShownUser {
  readonly id: number
  readonly username: string
  readonly mobile: string
  readonly state: 'enabled' | 'disabled'
  /** `none`: its owner has to set one by SMS. */
  readonly password: 'set' | 'none'
  /** ISO 8601. */
  readonly created: string
  readonly disabled: string | null
  readonly passwordChanged: string | null
}

/** @param user as the database has it */
export function shownUser(user: User): ShownUser {
  const { id, username, mobile, createdAt, disabledAt, passwordChangedAt } = user
  return {
    id,
    username,
    mobile: maskMobile(mobile),
    state: disabledAt === null ? 'enabled' : 'disabled',
    password: hasPassword(user) ? 'set' : 'none',
    created: createdAt.toISOString(),
    disabled: disabledAt?.toISOString() ?? null,
    passwordChanged: passwordChangedAt?.toISOString() ?? null,
  }
}

/** A list for people, ending with a line break. @param more whether there are others behind these */
export function formatUsers(users: readonly User[], more: boolean): string {
  if (users.length === 0) return 'no such accounts\n'
  const rows = users.map(shownUser).map(({ id, username, mobile, created, state, password }) => {
    const time = created.slice(0, 16).replace('T', ' ')
    return row([String(id), username, mobile, time, password === 'none' ? `${state}, reset` : state])
  })
  const last = users.at(-1)?.id
  const rest = more ? [`there are more: --after ${last}`] : []
  return `${[row(['ID', 'USERNAME', 'MOBILE', 'CREATED (UTC)', 'STATE']), ...rows, ...rest].join('\n')}\n`
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at === cells.length - 1 ? printable(cell) : fit(printable(cell), listColumns[at] ?? 0)))
    .join('  ')
    .trimEnd()
}

/** All that may be shown of one, for people, ending with a line break. */
export function formatUser(user: User): string {
  const { id, username, mobile, state, password, created, disabled, passwordChanged } = shownUser(user)
  const fields: [name: string, value: string | null][] = [
    ['id', String(id)],
    ['username', username],
    ['mobile', mobile],
    ['state', disabled === null ? state : `${state} since ${disabled}`],
    ['password', password === 'none' ? 'none, until its owner sets one by SMS' : 'set'],
    ['created', created],
    ['password changed', passwordChanged],
  ]
  const lines = fields.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(18)}${printable(value)}`]))
  return `${lines.join('\n')}\n`
}
