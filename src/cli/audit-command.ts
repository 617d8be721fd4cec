import { AuditTable } from '../app/audit/audit-table.ts'
import { TERMINAL } from '../app/audit/entry.ts'
import { canonicalAddress } from '../app/client-address.ts'
import { Users } from '../app/users.ts'
import { loadWithoutSecrets } from '../config/load-settings.ts'
import { auditJson, formatAudit } from './audit-format.ts'
import { CommandError } from './command-error.ts'
import { commandLog } from './connection-notes.ts'
import { existingUser } from './existing-user.ts'
import { openExistingDatabase } from './users-database.ts'

/** Which entries, and how they are printed. */
export interface AuditOptions {
  readonly dataDir?: string
  readonly user?: string
  readonly event?: string
  /** Milliseconds. */
  readonly since?: number
  readonly address?: string
  readonly limit: number
  readonly json?: boolean
}

/**
 * `lovage audit`: prints who did what, the newest in front.
 *
 * @throws CommandError where there is no such account or database, and where the address is none
 */
export async function listAudit({ dataDir, user, event, since, address, limit, json }: AuditOptions): Promise<void> {
  const filter = {
    ...(event !== undefined && { event }),
    ...(since !== undefined && { since: new Date(Date.now() - since) }),
    ...(address !== undefined && { address: addressOf(address) }),
  }
  const settings = loadWithoutSecrets({ env: process.env, flags: { dataDir } })
  const database = await openExistingDatabase(settings, commandLog())
  try {
    const userId = user === undefined ? undefined : (await existingUser(new Users(database), user)).id
    // One more tells whether there are more.
    const found = await new AuditTable(database).list({ ...filter, ...(userId !== undefined && { userId }) }, limit + 1)
    const [page, more] = [found.slice(0, limit), found.length > limit]
    process.stdout.write(json === true ? auditJson(page, more) : formatAudit(page, more))
  } finally {
    await database.close()
  }
}

/** As the table has it. */
function addressOf(text: string): string {
  const address = text === TERMINAL ? TERMINAL : canonicalAddress(text)
  if (address !== undefined) return address
  throw new CommandError(`--address: expected an IP address, or ${TERMINAL}, got ${text}`, { exit: 'usage' })
}
