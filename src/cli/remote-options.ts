import { Option, type Command } from 'commander'
import { dataPlace } from './command-options.ts'
import { examples } from './examples.ts'
import { controlCommands, inspectCommands, seconds, type RemoteCommand } from './remote-commands.ts'
import type * as commands from './remote-run.ts'

/** The module that asks, loaded when something is asked. */
const load = (): Promise<typeof commands> => import('./remote-run.ts')

/** Adds the commands of `lovage inspect`, `lovage control` and `lovage status`, with the options that Celery's have. */
export function addRemoteCommands(program: Command): void {
  const inspect = options(program.command('inspect').description("asks the nodes that are running, Celery's too"))
  for (const each of inspectCommands) addCommand(inspect, each)
  examples(inspect, [
    ['lovage inspect active', 'what runs, everywhere'],
    ['lovage inspect stats -d host-1,host-2 --json', 'figures of two nodes, for a program'],
  ])
  const control = options(program.command('control').description("tells the nodes that are running, Celery's too"))
  for (const each of controlCommands) addCommand(control, each)
  examples(control, [
    ['lovage control revoke 2f1c...', 'that task is not run'],
    ['lovage control pool_grow 4 -d host-1', 'four more tasks at once, on one node'],
  ])
  const status = options(program.command('status').description('lists the nodes that are running'))
  status.action(async (_options, command: Command) => (await load()).status(command.optsWithGlobals()))
  examples(status, [['lovage status -t 5', 'with time for those that are far or busy']])
}

function options(command: Command): Command {
  return dataPlace(command)
    .option('-d, --destination <names>', 'only these nodes, with commas')
    .addOption(new Option('-t, --timeout <seconds>', 'how long to wait for replies; default: 1').argParser(seconds))
    .option('-j, --json', 'prints one JSON document')
}

function addCommand(group: Command, remote: RemoteCommand): void {
  const command = group.command(remote.name).description(remote.does)
  for (const { shown, read } of remote.takes ?? []) {
    if (read === undefined) command.argument(shown)
    else command.argument(shown, '', read)
  }
  const line = `lovage ${group.name()} ${remote.name}`
  examples(
    command,
    remote.examples ?? [
      [line, 'all nodes'],
      [`${line} -d host-1`, 'one of them'],
    ],
  )
  command.action(async (...given: unknown[]) => {
    // Behind the words stand the options and the command.
    const words = given.slice(0, -2)
    const counted = group.name() === 'inspect'
    await (await load()).askNodes({ command: remote, words, options: command.optsWithGlobals(), counted })
  })
}
