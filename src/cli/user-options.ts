import { Option, type Command } from 'commander'
import { dataPlace } from './command-options.ts'
import { examples, type Examples } from './examples.ts'
import { duration, wholeNumber } from './option-values.ts'
import type * as commands from './user-command.ts'

/** The module of the commands, loaded when one is run. */
const load = (): Promise<typeof commands> => import('./user-command.ts')

/** Most accounts that one call lists. */
const mostListed = 1_000

/** Adds the commands of `lovage user`, each with its options. */
export function addUserCommands(user: Command): void {
  dataPlace(user.command('list').description('lists them, the oldest first'))
    .option('--name <text>', 'only those with this in their username')
    .addOption(new Option('--disabled', 'only those that are disabled').conflicts('enabled'))
    .addOption(new Option('--enabled', 'only those that are not'))
    .addOption(new Option('--newer-than <time>', 'created since: 90s, 30m, 12h, 7d').argParser(duration))
    .addOption(new Option('--limit <number>', 'most to list').argParser(wholeNumber(1, mostListed)).default(50))
    .addOption(
      new Option('--after <id>', 'goes on behind this one').argParser(wholeNumber(0, 2_147_483_647)).default(0),
    )
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => (await load()).listUsers(command.optsWithGlobals()))

  oneAccount(user, 'show', 'shows one, without its password').action(
    async (account: string, _options, command: Command) => {
      await (await load()).showUser(account, command.optsWithGlobals())
    },
  )
  oneAccount(user, 'disable', 'lets nobody log in to it, and ends its sessions').action(
    async (account: string, _options, command: Command) => {
      await (await load()).disableUser(account, command.optsWithGlobals())
    },
  )
  oneAccount(user, 'enable', 'lets its owner log in again').action(
    async (account: string, _options, command: Command) => {
      await (await load()).enableUser(account, command.optsWithGlobals())
    },
  )
  oneAccount(user, 'reset', 'makes its password useless until its owner sets one by SMS, and ends its sessions')
    .option('-f, --force', 'does not ask')
    .action(async (account: string, _options, command: Command) => {
      await (await load()).resetUser(account, command.optsWithGlobals())
    })
  addExamples(user)
}

function oneAccount(user: Command, name: string, does: string): Command {
  return dataPlace(user.command(name).description(does))
    .argument('<account>', 'its username, its mobile, or its number as id:7')
    .option('-j, --json', 'prints one JSON document')
}

function addExamples(user: Command): void {
  const lines: { readonly [name: string]: Examples } = {
    list: [
      ['lovage user list --disabled', 'who can not log in'],
      ['lovage user list --newer-than 1d --limit 1000 --json', 'for a program; go on with --after'],
    ],
    show: [['lovage user show alice_wang', 'when it was created, whether it is in use']],
    disable: [['lovage user disable id:7', 'at once, everywhere']],
    enable: [['lovage user enable id:7', 'as it was before']],
    reset: [['lovage user reset alice_wang -f', 'a stolen password is worth nothing, without asking']],
  }
  for (const command of user.commands) examples(command, lines[command.name()] ?? [])
  examples(user, Object.values(lines).flat())
}
