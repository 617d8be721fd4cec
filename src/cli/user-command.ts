import { AccountAdmin } from '../app/account-admin.ts'
import { findAccount } from '../app/find-account.ts'
import { SessionRecords } from '../app/sessions/session-records.ts'
import { Users, type User } from '../app/users.ts'
import { loadWithoutSecrets } from '../config/load-settings.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import { CommandError } from './command-error.ts'
import { withRedis } from './command-redis.ts'
import { confirm } from './confirm.ts'
import { commandLog } from './connection-notes.ts'
import { json } from './dead-format.ts'
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
  return withUsers(options, async (users) => {
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
  return withUsers(options, async (users) => {
    const user = await find(users, account)
    process.stdout.write(options.json === true ? json(shownUser(user)) : formatUser(user))
  })
}

/** `lovage user disable`. @throws CommandError where there is no such account */
export function disableUser(account: string, options: PlaceOptions): Promise<void> {
  return change(account, options, async (admin, user) =>
    (await admin.disable(user)) ? 'disabled; its sessions are ended' : 'was disabled already; its sessions are ended',
  )
}

/** `lovage user enable`. @throws CommandError where there is no such account */
export function enableUser(account: string, options: PlaceOptions): Promise<void> {
  return change(account, options, async (admin, user) => ((await admin.enable(user)) ? 'enabled' : 'was not disabled'))
}

/**
 * `lovage user reset`: after asking.
 *
 * @throws CommandError where there is no such account, and where nobody can be asked and it was not forced
 */
export function resetUser(account: string, options: PlaceOptions & { force?: boolean }): Promise<void> {
  return change(account, options, async (admin, user) => {
    const question = `Make the password of ${user.username} useless, and end its sessions?`
    if (options.force !== true && !(await confirm(question))) return 'left as it was'
    await admin.resetPassword(user)
    return 'has no password until its owner sets one by SMS; its sessions are ended'
  })
}

/** Changes an account, and prints what was done, or the account as it is then. */
async function change(
  account: string,
  options: PlaceOptions,
  work: (admin: AccountAdmin, user: User) => Promise<string>,
): Promise<void> {
  await withUsers(options, async (users, settings) => {
    const user = await find(users, account)
    // Before anything is changed: where the sessions can't be ended, nothing is done.
    await withRedis(settings, ['sessions'], async (redis) => {
      const { perAccount } = settings.session
      const sessions = new SessionRecords(await redis.connect('sessions'), { perAccount, logger: commandLog() })
      const done = await work(new AccountAdmin(users, (id) => sessions.endAll(id)), user)
      const now = (await users.findById(user.id)) ?? user
      process.stdout.write(options.json === true ? json({ ...shownUser(now), done }) : `${user.username}: ${done}\n`)
    })
  })
}

/** Opens the accounts, and lets go of them whatever happens. */
async function withUsers(
  { dataDir }: PlaceOptions,
  use: (users: Users, settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = loadWithoutSecrets({ env: process.env, flags: { dataDir } })
  const database = await openExistingDatabase(settings, commandLog())
  try {
    await use(new Users(database), settings)
  } finally {
    await database.close()
  }
}

/** The text itself may be a mobile, and is not repeated. */
async function find(users: Users, account: string): Promise<User> {
  const user = await findAccount(users, account)
  if (user === undefined) throw new CommandError('there is no such account')
  return user
}
