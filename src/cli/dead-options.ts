import { Option, type Command } from 'commander'
import { asideKinds } from '../engine/broker/aside-entries.ts'
import { brokerPlace } from './command-options.ts'
import type * as commands from './dead-command.ts'
import { examples, type Examples } from './examples.ts'
import { duration, wholeNumber } from './option-values.ts'

/** The module of the commands, loaded when one is run. */
const load = (): Promise<typeof commands> => import('./dead-command.ts')

/** Adds the commands of `lovage dead`, each with its options. */
export function addDeadCommands(dead: Command): void {
  brokerPlace(filters(dead.command('list').description('lists them, the newest first')))
    .addOption(new Option('--limit <number>', 'most to list').argParser(wholeNumber(0, 999_999)).default(50))
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => (await load()).listDead(command.optsWithGlobals()))

  brokerPlace(dead.command('show').description('shows one: why, when, and its stack; never its arguments'))
    .argument('<id>', 'of the task or of the entry')
    .option('--profile <file>', 'writes the CPU profile kept with it, for a browser to open (.cpuprofile)')
    .addOption(new Option('--raw', 'writes the message itself to standard output, byte for byte').conflicts('json'))
    .option('-j, --json', 'prints one JSON document')
    .action(async (id: string, _options, command: Command) => (await load()).showDead(id, command.optsWithGlobals()))

  brokerPlace(dead.command('retry').description('puts some back on their queue, with all their retries'))
    .argument('<id...>', 'of the task or of the entry')
    .option('-j, --json', 'prints one JSON document')
    .action(async (ids: string[], _options, command: Command) => {
      await (await load()).retryDead(ids, command.optsWithGlobals())
    })

  brokerPlace(filters(dead.command('retry-all').description('puts all back on their queue, or those that are meant')))
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => (await load()).retryAllDead(command.optsWithGlobals()))

  brokerPlace(filters(dead.command('purge').description('deletes all, or those that are meant')))
    .addOption(
      new Option('--older-than <time>', 'set aside at least so long ago: 90s, 30m, 12h, 7d').argParser(duration),
    )
    .option('-f, --force', 'does not ask')
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => (await load()).purgeDead(command.optsWithGlobals()))
  addExamples(dead)
}

function addExamples(dead: Command): void {
  const lines: { readonly [name: string]: Examples } = {
    list: [['lovage dead list --kind unknown --limit 10', 'the newest ten of tasks that nobody knows']],
    show: [['lovage dead show 2f1c...', 'why it is there']],
    retry: [['lovage dead retry 2f1c... 7a0b...', 'these two']],
    'retry-all': [['lovage dead retry-all --task mail.send', 'all of one task']],
    purge: [['lovage dead purge --older-than 7d -f', 'what is older than a week, without asking']],
  }
  for (const command of dead.commands) examples(command, lines[command.name()] ?? [])
  examples(dead, Object.values(lines).flat())
}

function filters(command: Command): Command {
  return command
    .addOption(new Option('--kind <kind>', 'only these').choices(asideKinds))
    .option('--queue <name>', 'only those of this queue')
    .option('--task <name>', 'only those of this task')
}
