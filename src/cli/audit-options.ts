import { Option, type Command } from 'commander'
import { AUDIT_EVENTS } from '../app/audit/events.ts'
import { dataPlace } from './command-options.ts'
import { examples } from './examples.ts'
import { duration, wholeNumber } from './option-values.ts'

/** Most entries that one call lists. */
const mostListed = 10_000

/** Gives `lovage audit` its options. */
export function addAuditOptions(audit: Command): void {
  dataPlace(audit)
    .option('--user <account>', 'only those of this account: its username, its mobile, or its number as id:7')
    .addOption(new Option('--event <name>', 'only these').choices(Object.keys(AUDIT_EVENTS)))
    .addOption(new Option('--since <time>', 'only those of the last 90s, 30m, 12h, 7d').argParser(duration))
    .option('--address <address>', 'only those from this IP address; terminal: those of commands')
    .addOption(new Option('--limit <number>', 'most to list').argParser(wholeNumber(1, mostListed)).default(50))
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => {
      const { listAudit } = await import('./audit-command.ts')
      await listAudit(command.optsWithGlobals())
    })
  examples(audit, [
    ['lovage audit --since 1d', 'what happened since yesterday'],
    ['lovage audit --user alice_wang', 'who logged in to an account, and what was changed'],
    ['lovage audit --event authn_login_fail --json', 'wrong passwords, for a program'],
    ['lovage audit --address 192.0.2.7 --limit 1000', 'what somebody tried'],
  ])
}
