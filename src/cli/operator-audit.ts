import { userInfo } from 'node:os'
import type { AuditTable } from '../app/audit/audit-table.ts'
import { TERMINAL, entryOf, type AuditEntry } from '../app/audit/entry.ts'
import type { AuditEvent } from '../app/audit/events.ts'
import type { User } from '../app/users.ts'
import { maskMobile } from '../sms/mask.ts'
import { CommandError } from './command-error.ts'

/** What somebody who runs the service does to an account. */
export interface OperatorAct {
  readonly event: AuditEvent
  readonly user: Pick<User, 'id' | 'username' | 'mobile'>
  /** As it is typed, without what follows its name. */
  readonly command: string
}

/**
 * Does something to an account, and adds it to the audit, also where it was not done in full.
 *
 * @param work does it, and tells what was done
 * @throws CommandError where it was done but could not be added; what `work` threw
 */
export async function auditing(
  audit: Pick<AuditTable, 'add'>,
  act: OperatorAct,
  work: () => Promise<string>,
): Promise<string> {
  let done: string
  try {
    done = await work()
  } catch (error) {
    // Whoever asked is told why it failed, whatever becomes of the entry.
    await audit.add([entryFor(act, 'not done in full')]).catch(() => undefined)
    throw error
  }
  try {
    await audit.add([entryFor(act, done)])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const said = `${act.user.username}: ${done}; but that could not be added to the audit: ${reason}`
    throw new CommandError(said, { cause: error })
  }
  return done
}

function entryFor({ event, user, command }: OperatorAct, reason: string): AuditEntry {
  return entryOf({
    event,
    userId: user.id,
    account: user.username,
    actor: systemUser(),
    mobile: maskMobile(user.mobile),
    address: TERMINAL,
    route: command,
    reason,
  })
}

/** Whoever runs the command, as the system names them; in a container some users have a number alone. */
function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}
