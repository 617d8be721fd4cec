import { AccountAdmin } from '../app/account-admin.ts'
import { AuditTable } from '../app/audit/audit-table.ts'
import type { AuditEvent } from '../app/audit/events.ts'
import { SessionRecords } from '../app/sessions/session-records.ts'
import { Users, type User } from '../app/users.ts'
import { loadWithoutSecrets } from '../config/load-settings.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import { withRedis } from './command-redis.ts'
import { confirm } from './confirm.ts'
import { commandLog } from './connection-notes.ts'
import { json } from './dead-format.ts'
import { existingUser } from './existing-user.ts'
import { auditing } from './operator-audit.ts'
import { formatUser, formatUsers, shownUser } from './user-format.ts'
import { openExistingDatabase } from './users-database.ts'

/** Where the accounts are, and how they are printed. */
interface PlaceOptions {
  readonly dataDir?: string
  readonly json?: boolean
}

type Settings = Omit<ResolvedSettings, 'secrets'>

/** `lovage user list`: prints some, in the order of their numbers. */
export function listUsers(
  options: PlaceOptions & {
    name?: string
    disabled?: boolean
    enabled?: boolean
    newerThan?: number
    limit: number
    after: number
  },
): Promise<void> {
  const { name, disabled, enabled, newerThan, limit, after } = options
  return withUsers(options, async ({ users }) => {
    const found = await users.list({
      ...(name !== undefined && { name: name.normalize('NFKC') }),
      ...((disabled ?? enabled) !== undefined && { disabled: disabled === true }),
      ...(newerThan !== undefined && { createdSince: new Date(Date.now() - newerThan) }),
      after,
      // One more tells whether there are more.
      limit: limit + 1,
    })
    const [page, more] = [found.slice(0, limit), found.length > limit]
    const next = more ? page.at(-1)?.id : null
    process.stdout.write(options.json === true ? json({ users: page.map(shownUser), next }) : formatUsers(page, more))
  })
}

/** `lovage user show`. @throws CommandError where there is no such account */
export function showUser(account: string, options: PlaceOptions): Promise<void> {
  return withUsers(options, async ({ users }) => {
    const user = await existingUser(users, account)
    process.stdout.write(options.json === true ? json(shownUser(user)) : formatUser(user))
  })
}

/** `lovage user disable`. @throws CommandError where there is no such account */
export function disableUser(account: string, options: PlaceOptions): Promise<void> {
  return change(account, options, { name: 'disable', event: 'authn_login_lock' }, async (admin, user) =>
    (await admin.disable(user)) ? 'disabled; its sessions are ended' : 'was disabled already; its sessions are ended',
  )
}

/** `lovage user enable`. @throws CommandError where there is no such account */
export function enableUser(account: string, options: PlaceOptions): Promise<void> {
  return change(account, options, { name: 'enable', event: 'user_updated' }, async (admin, user) =>
    (await admin.enable(user)) ? 'enabled' : 'was not disabled',
  )
}

/**
 * `lovage user reset`: after asking.
 *
 * @throws CommandError where there is no such account, and where nobody can be asked and it was not forced
 */
export function resetUser(account: string, options: PlaceOptions & { force?: boolean }): Promise<void> {
  const command: AccountCommand = { name: 'reset', event: 'authn_password_change' }
  return change(
    account,
    options,
    options.force === true ? command : { ...command, isSure: isSureToReset },
    async (admin, user) => {
      await admin.resetPassword(user)
      return 'has no password until its owner sets one by SMS; its sessions are ended'
    },
  )
}

function isSureToReset({ username }: User): Promise<boolean> {
  return confirm(`Make the password of ${username} useless, and end its sessions?`)
}

/** A command that changes an account. */
interface AccountCommand {
  readonly name: string
  /** What it is to the audit. */
  readonly event: AuditEvent
  /** Asks whoever runs it whether they are. */
  readonly isSure?: (user: User) => Promise<boolean>
}

/**
 * Changes an account, adds that to the audit, and prints what was done, or the account as it is then.
 *
 * @param work does it. @returns what was done
 */
async function change(
  account: string,
  options: PlaceOptions,
  { name, event, isSure }: AccountCommand,
  work: (admin: AccountAdmin, user: User) => Promise<string>,
): Promise<void> {
  await withUsers(options, async ({ users, audit, settings }) => {
    const user = await existingUser(users, account)
    // Before anything is changed: where the sessions can't be ended, nothing is done.
    await withRedis(settings, ['sessions'], async (redis) => {
      const { perAccount } = settings.session
      const sessions = new SessionRecords(await redis.connect('sessions'), { perAccount, logger: commandLog() })
      const admin = new AccountAdmin(users, (id) => sessions.endAll(id))
      const act = { event, user, command: `lovage user ${name}` }
      const mayDo = (await isSure?.(user)) ?? true
      const done = mayDo ? await auditing(audit, act, () => work(admin, user)) : 'left as it was'
      const now = (await users.findById(user.id)) ?? user
      process.stdout.write(options.json === true ? json({ ...shownUser(now), done }) : `${user.username}: ${done}\n`)
    })
  })
}

/** Opens the accounts, and lets go of them whatever happens. */
async function withUsers(
  { dataDir }: PlaceOptions,
  use: (parts: { users: Users; audit: AuditTable; settings: Settings }) => Promise<void>,
): Promise<void> {
  const settings = loadWithoutSecrets({ env: process.env, flags: { dataDir } })
  const database = await openExistingDatabase(settings, commandLog())
  try {
    await use({ users: new Users(database), audit: new AuditTable(database), settings })
  } finally {
    await database.close()
  }
}
